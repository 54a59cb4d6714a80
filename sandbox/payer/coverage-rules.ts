/**
 * What the payer's benefit configuration says about an ordered code. Facts of a simulation; a code that is not here gets
 * no statement, as with a payer whose rules do not cover it.
 */
import type { Coding, FhirResource } from 'fhir/r4'
import { SYSTEM } from '../../src/domain/fhir/canonical.ts'

export interface CoverageRule {
  readonly paNeeded: 'auth-needed' | 'no-auth'
  /** The billing code that the statement holds for. */
  readonly billing: { readonly system: string; readonly code: string } | null
  readonly reason: string
}

const INFUSION =
  'Prior authorization is required for infliximab and its biosimilars given as an infusion. Send the diagnosis, earlier treatment with dates and results, and screening for tuberculosis and hepatitis B.'
const ADMINISTRATION =
  'The administration of a drug that needs authorization is reviewed with the drug. Ask for both in one request.'
const NO_AUTH = 'No prior authorization is required for this drug at the dose on the formulary.'

const rule = (paNeeded: CoverageRule['paNeeded'], system: string, code: string, reason: string): CoverageRule => ({
  paNeeded,
  billing: { system, code },
  reason,
})

const RULES: ReadonlyMap<string, CoverageRule> = new Map([
  [`${SYSTEM.hcpcs}|Q5103`, rule('auth-needed', SYSTEM.hcpcs, 'Q5103', INFUSION)],
  [`${SYSTEM.hcpcs}|J1745`, rule('auth-needed', SYSTEM.hcpcs, 'J1745', INFUSION)],
  [`${SYSTEM.cpt}|96413`, rule('auth-needed', SYSTEM.cpt, '96413', ADMINISTRATION)],
  [`${SYSTEM.cpt}|96415`, rule('auth-needed', SYSTEM.cpt, '96415', ADMINISTRATION)],
  [`${SYSTEM.rxnorm}|1256`, { paNeeded: 'no-auth', billing: null, reason: NO_AUTH }],
])

/** The rule for an order, by any of the codings of what it orders; undefined where no rule covers it. */
export function findCoverageRule(order: FhirResource): CoverageRule | undefined {
  for (const coding of readOrderCodings(order)) {
    const found = RULES.get(`${coding.system ?? ''}|${coding.code ?? ''}`)
    if (found !== undefined) return found
  }
  return undefined
}

function readOrderCodings(order: FhirResource): readonly Coding[] {
  if (order.resourceType === 'MedicationRequest') return order.medicationCodeableConcept?.coding ?? []
  if (order.resourceType === 'ServiceRequest') return order.code?.coding ?? []
  if (order.resourceType === 'DeviceRequest') return order.codeCodeableConcept?.coding ?? []
  return []
}
