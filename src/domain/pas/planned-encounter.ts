/**
 * The admission that a request is about, as `PAS:profile-encounter` wants it (pas.md §2.10): planned, its type the priority of
 * the admission by NUBC's list. Pure; the argument is never changed.
 */
import type { CodeableConcept, Coding, Encounter, Extension, FhirResource } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { keepIdentifiers, omit, withProfile } from './profile-parts.ts'
import { encounterOf, isAdmission } from './service-kind.ts'

/** NUBC priority of admission by v3 ActPriority; `9`: not available. */
const PRIORITY: Readonly<Record<string, string>> = { EM: '1', UR: '2', EL: '3', R: '3' }
const NOT_AVAILABLE = '9'

const ofSystem = (concept: CodeableConcept | undefined, system: string): Coding | undefined =>
  concept?.coding?.find((one) => one.system === system && one.code !== undefined)

function admissionType(encounter: Encounter): CodeableConcept {
  const said = encounter.type?.find((type) => ofSystem(type, SYSTEM.admissionPriority) !== undefined)
  const priority = ofSystem(encounter.priority, SYSTEM.actPriority)?.code
  const code = PRIORITY[priority ?? ''] ?? NOT_AVAILABLE
  return said ?? { coding: [{ system: SYSTEM.admissionPriority, code }] }
}

/** Source of admission and destination stay only where they are NUBC's: the profile knows no other list. */
function hospitalizationOf({ hospitalization }: Encounter): Pick<Encounter, 'hospitalization'> {
  if (hospitalization === undefined) return {}
  const { admitSource, dischargeDisposition } = hospitalization
  const kept = {
    ...(ofSystem(admitSource, SYSTEM.pointOfOrigin) === undefined ? {} : { admitSource }),
    ...(dischargeDisposition === undefined ? {} : { dischargeDisposition }),
  }
  return Object.keys(kept).length === 0 ? {} : { hospitalization: kept }
}

/** NUBC: still a patient. */
const STILL_A_PATIENT = '30'

/** CL103: where the patient goes, in NUBC's list; while the stay goes on, that they are still there. */
function patientStatusOf({ extension, status, hospitalization }: Encounter): Extension[] {
  if (extension?.some(({ url }) => url === EXT.patientStatus) === true) return []
  const going = ofSystem(hospitalization?.dischargeDisposition, SYSTEM.dischargeStatus)?.code
  const code = going ?? (status === 'in-progress' ? STILL_A_PATIENT : undefined)
  return code === undefined
    ? []
    : [{ url: EXT.patientStatus, valueCodeableConcept: { coding: [{ system: SYSTEM.dischargeStatus, code }] } }]
}

/** The first admission that one of the orders belongs to; null where none does. */
export function findAdmission(orders: readonly FhirResource[], known: readonly FhirResource[]): Encounter | null {
  return orders.map((order) => encounterOf(order, known)).find(isAdmission) ?? null
}

/** Re-expresses an encounter; the residential status is what a form says of it, where it does. */
export function toPlannedEncounter(encounter: Encounter, residentialStatus: Coding | null): Encounter {
  const identifiers = keepIdentifiers(encounter.identifier)
  const others = (encounter.extension ?? []).filter(({ url }) => url !== EXT.nursingHomeResidentialStatus)
  const extension = [
    ...(residentialStatus === null
      ? (encounter.extension ?? [])
      : [...others, { url: EXT.nursingHomeResidentialStatus, valueCodeableConcept: { coding: [residentialStatus] } }]),
    ...patientStatusOf(encounter),
  ]
  return withProfile(
    {
      ...omit(encounter, 'identifier', 'extension', 'statusHistory', 'hospitalization', 'diagnosis'),
      ...(extension.length > 0 ? { extension } : {}),
      ...(identifiers.length > 0 ? { identifier: identifiers } : {}),
      status: 'planned',
      type: [admissionType(encounter)],
      ...hospitalizationOf(encounter),
    },
    PROFILE.pasEncounter,
  )
}
