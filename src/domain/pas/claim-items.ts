/** The items of a new Claim (pas.md §2.4): one a line, each element that the line or the forms know. Pure. */
import type { ClaimDiagnosis, ClaimItem, CodeableConcept, Coding, Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { certificationType } from './claim-marks.ts'
import type { ClaimFacts } from './claim-facts.ts'
import { X12_UNITS } from './profile-parts.ts'
import type { LineParticulars } from './line-particulars.ts'
import type { RequestLine } from './request-lines.ts'
import { traceNumberOf } from './trace-number.ts'

/** What the items of one Claim share. */
export interface ItemFrame {
  readonly claimIdentifier: { readonly system: string; readonly value: string }
  readonly facts: ClaimFacts
  /** Part of an admission: the place is a type of bill, no place of service. */
  readonly isInstitutional: boolean
  readonly placeOfService: string
  readonly diagnosis: readonly ClaimDiagnosis[]
  readonly informationSequence: readonly number[]
  /** ICD-10-CM codes of an order, by its reference. */
  readonly codesOf: (orderRef: string) => readonly (string | undefined)[]
  /** Sequence of the team's member who performs a line. */
  readonly memberOf: (line: RequestLine) => number | undefined
}

/** First two digits of the type of bill: hospital, inpatient. */
const INPATIENT_HOSPITAL = '11'

const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })
const coded = (url: string, coding: Coding | null): Extension[] =>
  coding === null ? [] : [{ url, valueCodeableConcept: { coding: [coding] } }]

const servicedOf = (line: RequestLine): Pick<ClaimItem, 'servicedDate' | 'servicedPeriod'> => {
  if (line.start === null) return {}
  return line.end === null || line.end === line.start
    ? { servicedDate: line.start }
    : { servicedPeriod: { start: line.start, end: line.end } }
}

/** The rate of a room is its price a day (SV206). */
function rateLimit({ revenue, unitPrice }: LineParticulars): Extension[] {
  return revenue === null || unitPrice?.value === undefined
    ? []
    : [{ url: EXT.revenueUnitRateLimit, valueDecimal: unitPrice.value }]
}

function extensionsOf(line: RequestLine, { claimIdentifier, facts }: ItemFrame): Extension[] {
  const { particulars } = line
  const value = traceNumberOf(claimIdentifier.value, line.sequence)
  return [
    { url: EXT.itemTraceNumber, valueIdentifier: { system: claimIdentifier.system, value } },
    ...(particulars.earlierAuthorization === null
      ? []
      : [{ url: EXT.authorizationNumber, valueString: particulars.earlierAuthorization }]),
    { url: EXT.requestType, valueCodeableConcept: concept(SYSTEM.x12RequestCategory, particulars.requestType) },
    certificationType(particulars.certification),
    ...coded(EXT.productOrServiceCodeEnd, particulars.codeEnd),
    ...(particulars.epsdt === null ? [] : [{ url: EXT.epsdtIndicator, valueBoolean: particulars.epsdt }]),
    ...coded(EXT.nursingHomeResidentialStatus, facts.nursingHome.residentialStatus),
    ...coded(EXT.nursingHomeLevelOfCare, facts.nursingHome.levelOfCare),
    ...rateLimit(particulars),
    { url: EXT.requestedService, valueReference: { reference: line.orderRef } },
  ]
}

function locationOf(line: RequestLine, frame: ItemFrame): CodeableConcept {
  return frame.isInstitutional
    ? concept(SYSTEM.typeOfBill, INPATIENT_HOSPITAL)
    : concept(SYSTEM.placeOfService, line.placeOfService ?? frame.placeOfService)
}

function quantityOf({ quantity }: RequestLine): Pick<ClaimItem, 'quantity'> {
  if (quantity === null) return {}
  const { value, unit } = quantity
  return {
    quantity: { value: Number(value), unit: X12_UNITS[unit], system: SYSTEM.x12QuantityQualifier, code: unit },
  }
}

/** The item of a line that is complete. */
export function buildItem(line: RequestLine, frame: ItemFrame): ClaimItem {
  const { modifiers, revenue, serviceType, unitPrice } = line.particulars
  const codes = frame.codesOf(line.orderRef)
  const diagnosisSequence = frame.diagnosis
    .filter((diagnosis) => codes.includes(diagnosis.diagnosisCodeableConcept?.coding?.[0]?.code))
    .map(({ sequence }) => sequence)
  const member = frame.memberOf(line)
  return {
    extension: extensionsOf(line, frame),
    sequence: line.sequence,
    ...(member === undefined ? {} : { careTeamSequence: [member] }),
    ...(diagnosisSequence.length > 0 ? { diagnosisSequence } : {}),
    ...(frame.informationSequence.length > 0 ? { informationSequence: [...frame.informationSequence] } : {}),
    ...(revenue === null ? {} : { revenue: { coding: [{ ...revenue, system: SYSTEM.revenue }] } }),
    category: concept(SYSTEM.x12ServiceType, serviceType),
    productOrService: concept(line.system ?? '', line.code ?? ''),
    ...(modifiers.length > 0 ? { modifier: modifiers.map((coding) => ({ coding: [coding] })) } : {}),
    ...servicedOf(line),
    locationCodeableConcept: locationOf(line, frame),
    ...quantityOf(line),
    ...(unitPrice === null ? {} : { unitPrice }),
  }
}
