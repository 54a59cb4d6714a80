/**
 * The PAS Claim of a new request (pas.md §2.2–2.4). Pure. References are those of the pool (`Type/id` or urn:uuid); the
 * closure rewrites them.
 */
import type {
  Claim,
  ClaimCareTeam,
  ClaimDiagnosis,
  ClaimItem,
  ClaimSupportingInfo,
  CodeableConcept,
  Coding,
  Extension,
  FhirResource,
  PractitionerRole,
} from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import type { PasRequestInput } from './request-input.ts'
import type { RequestLine } from './request-lines.ts'
import { readTaxonomy } from './provider-resources.ts'

/** X12 takes the first twelve (pas.md §1.1). */
const MAX_DIAGNOSES = 12
/** MSG01 holds 264 characters. */
const MAX_MESSAGE_LENGTH = 264

const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })
const temporary = (code: string): CodeableConcept => concept(SYSTEM.pasTemp, code)

/** X12 755 by LOINC document type; a document of another type is a medical record. */
const REPORT_TYPE: Readonly<Record<string, string>> = {
  '11506-3': '09',
  '34117-2': 'OE',
  '11502-2': 'LA',
  '11526-1': 'P4',
  '11504-8': 'OB',
  '18748-4': 'DG',
  '18842-5': 'DS',
  '57133-1': 'PY',
  '57833-6': 'B2',
}
const MEDICAL_RECORD = 'M1'
/** A completed questionnaire supports what is asked. */
const SUPPORT_DATA = '77'

/** References to the parties, as the pool knows them. */
export interface ClaimParties {
  readonly patient: string
  readonly coverage: string
  readonly insurer: string
  readonly requestor: string
  /** Who ordered, each once. */
  readonly careTeam: readonly { readonly reference: string; readonly role: PractitionerRole | null }[]
}

/** A supporting document: where it is, and what kind of paper it would be. */
export interface ClaimDocument {
  readonly reference: string
  readonly resource: FhirResource
}

const transmissionIdentifiers = (senderId: string, receiverId: string): Extension => ({
  url: EXT.transmissionIdentifiers,
  extension: [
    { url: 'applicationSenderCode', valueString: senderId },
    { url: 'applicationReceiverCode', valueString: receiverId },
    { url: 'interchangeSenderID', valueString: senderId },
    { url: 'interchangeReceiverID', valueString: receiverId },
  ],
})

function buildCareTeam(parties: ClaimParties): ClaimCareTeam[] {
  return parties.careTeam.map(({ reference, role }, index) => {
    const taxonomy = role === null ? undefined : readTaxonomy(role)
    return {
      extension: [{ url: EXT.careTeamClaimScope, valueBoolean: true }],
      sequence: index + 1,
      provider: { reference },
      role: concept(SYSTEM.x12EntityIdentifier, 'DK'),
      ...(taxonomy === undefined ? {} : { qualification: { coding: [taxonomy] } }),
    }
  })
}

function reportType(resource: FhirResource): string {
  if (resource.resourceType !== 'DocumentReference') return SUPPORT_DATA
  const loinc = resource.type?.coding?.find(({ system }) => system === SYSTEM.loinc)
  return REPORT_TYPE[loinc?.code ?? ''] ?? MEDICAL_RECORD
}

function documentInformation(resource: FhirResource, controlNumber: string): Extension {
  const description =
    resource.resourceType === 'DocumentReference' ? resource.description?.trim().slice(0, 80) : undefined
  return {
    url: EXT.documentInformation,
    extension: [
      { url: 'reportTypeCode', valueCodeableConcept: concept(SYSTEM.x12ReportType, reportType(resource)) },
      { url: 'transmissionMethod', valueCodeableConcept: concept(SYSTEM.x12TransmissionMethod, 'EL') },
      { url: 'controlNumber', valueString: controlNumber },
      ...(description ? [{ url: 'description', valueString: description }] : []),
    ],
  }
}

type WithoutSequence = Omit<ClaimSupportingInfo, 'sequence'>

/** Patient event first, then documents, then the message: sequences 1…n. */
function buildSupportingInfo(input: PasRequestInput, documents: readonly ClaimDocument[]): ClaimSupportingInfo[] {
  const starts = input.lines.flatMap(({ start }) => start ?? []).sort()
  const ends = input.lines.flatMap(({ end, start }) => end ?? start ?? []).sort()
  const [start] = starts
  const end = ends.at(-1)
  const infos: WithoutSequence[] = []
  if (start !== undefined)
    infos.push({
      category: temporary('patientEvent'),
      ...(end === undefined || end === start ? { timingDate: start } : { timingPeriod: { start, end } }),
    })
  documents.forEach(({ reference, resource }, index) =>
    infos.push({
      extension: [documentInformation(resource, `${input.identifiers.claim.value}-D${index + 1}`)],
      category: temporary('additionalInformation'),
      valueReference: { reference },
    }),
  )
  const reason = input.urgency.level === 'expedited' ? input.urgency.reason?.trim() : undefined
  if (reason) infos.push({ category: temporary('freeFormMessage'), valueString: reason.slice(0, MAX_MESSAGE_LENGTH) })
  return infos.map((info, index) => ({ ...info, sequence: index + 1 }))
}

interface Diagnosis {
  readonly code: Coding
  readonly recordedDate: string | undefined
}

/** ICD-10-CM of an order's reasons, by code or by the Condition it points to. No other system is translated here. */
function readDiagnoses(order: FhirResource | undefined, known: readonly FhirResource[]): Diagnosis[] {
  if (order?.resourceType !== 'MedicationRequest' && order?.resourceType !== 'ServiceRequest') return []
  const isIcd = ({ system, code }: Coding): boolean => system === SYSTEM.icd10cm && code !== undefined
  const coded = order.reasonCode?.flatMap(({ coding }) => coding ?? []).filter(isIcd) ?? []
  const pointed = (order.reasonReference ?? []).flatMap(({ reference }): Diagnosis[] => {
    const found = known.find((resource) => isSameReference(referenceTo(resource), reference))
    if (found?.resourceType !== 'Condition') return []
    const recordedDate = /^\d{4}-\d{2}-\d{2}/.exec(found.recordedDate ?? '')?.[0]
    return (found.code?.coding ?? []).filter(isIcd).map((code) => ({ code, recordedDate }))
  })
  const dated = coded.map((code) => ({
    code,
    recordedDate: pointed.find((one) => one.code.code === code.code)?.recordedDate,
  }))
  return [...dated, ...pointed]
}

const findOrder = (input: PasRequestInput, reference: string): FhirResource | undefined =>
  input.orders.find((order) => isSameReference(referenceTo(order), reference))

/** The request's diagnoses, the drug's first one principal, each once, twelve at most. */
function buildDiagnoses(input: PasRequestInput): ClaimDiagnosis[] {
  const all = input.lines.flatMap((line) => readDiagnoses(findOrder(input, line.orderRef), input.known))
  const each = all.filter((one, index) => all.findIndex((other) => other.code.code === one.code.code) === index)
  return each.slice(0, MAX_DIAGNOSES).map(({ code, recordedDate }, index) => ({
    ...(recordedDate === undefined ? {} : { extension: [{ url: EXT.diagnosisRecordedDate, valueDate: recordedDate }] }),
    sequence: index + 1,
    diagnosisCodeableConcept: { coding: [code] },
    ...(index === 0 ? { type: [temporary('principal')] } : {}),
  }))
}

const servicedOf = (line: RequestLine): Pick<ClaimItem, 'servicedDate' | 'servicedPeriod'> => {
  if (line.start === null) return {}
  return line.end === null || line.end === line.start
    ? { servicedDate: line.start }
    : { servicedPeriod: { start: line.start, end: line.end } }
}

function buildItem(
  line: RequestLine,
  input: PasRequestInput,
  diagnoses: readonly ClaimDiagnosis[],
  informationSequence: number[],
): ClaimItem {
  const codes = readDiagnoses(findOrder(input, line.orderRef), input.known).map(({ code }) => code.code)
  const diagnosisSequence = diagnoses
    .filter((diagnosis) => codes.includes(diagnosis.diagnosisCodeableConcept?.coding?.[0]?.code))
    .map(({ sequence }) => sequence)
  const { claim } = input.identifiers
  return {
    extension: [
      {
        url: EXT.itemTraceNumber,
        valueIdentifier: { system: claim.system, value: traceNumberOf(claim.value, line.sequence) },
      },
      { url: EXT.requestType, valueCodeableConcept: concept(SYSTEM.x12RequestCategory, 'HS') },
      { url: EXT.certificationType, valueCodeableConcept: concept(SYSTEM.x12CertificationType, 'I') },
      { url: EXT.requestedService, valueReference: { reference: line.orderRef } },
    ],
    sequence: line.sequence,
    ...(diagnosisSequence.length > 0 ? { diagnosisSequence } : {}),
    ...(informationSequence.length > 0 ? { informationSequence } : {}),
    category: concept(SYSTEM.x12ServiceType, '1'),
    productOrService: concept(line.system ?? '', line.code ?? ''),
    ...servicedOf(line),
    locationCodeableConcept: concept(SYSTEM.placeOfService, line.placeOfService ?? input.placeOfService),
    ...(line.quantity === null
      ? {}
      : {
          quantity: {
            value: Number(line.quantity.value),
            unit: 'unit',
            system: SYSTEM.x12QuantityQualifier,
            code: line.quantity.unit,
          },
        }),
  }
}

/** The trace number (TRN02) of a line: how late answers find it. */
export function traceNumberOf(claimIdentifier: string, sequence: number): string {
  return `${claimIdentifier}-${sequence}`
}

/** Builds the Claim; its lines must be complete (`buildRequestBundle` checks). */
export function buildClaim(input: PasRequestInput, parties: ClaimParties, documents: readonly ClaimDocument[]): Claim {
  const supportingInfo = buildSupportingInfo(input, documents)
  const informationSequence = supportingInfo.filter((info) => info.valueReference).map(({ sequence }) => sequence)
  const diagnosis = buildDiagnoses(input)
  const careTeam = buildCareTeam(parties)
  const expedited = input.urgency.level === 'expedited'
  return {
    resourceType: 'Claim',
    id: input.identifiers.claimId,
    meta: { profile: [PROFILE.pasClaim] },
    extension: [
      transmissionIdentifiers(input.senderId, input.receiverId),
      ...(expedited ? [{ url: EXT.levelOfService, valueCodeableConcept: concept(SYSTEM.x12LevelOfService, 'U') }] : []),
    ],
    identifier: [input.identifiers.claim],
    status: 'active',
    type: concept(SYSTEM.claimType, 'professional'),
    use: 'preauthorization',
    patient: { reference: parties.patient },
    created: input.createdAt,
    insurer: { reference: parties.insurer },
    provider: { reference: parties.requestor },
    priority: concept(SYSTEM.processPriority, expedited ? 'stat' : 'normal'),
    ...(careTeam.length > 0 ? { careTeam } : {}),
    ...(supportingInfo.length > 0 ? { supportingInfo } : {}),
    ...(diagnosis.length > 0 ? { diagnosis } : {}),
    insurance: [{ sequence: 1, focal: true, coverage: { reference: parties.coverage } }],
    item: input.lines.map((line) => buildItem(line, input, diagnosis, informationSequence)),
  }
}
