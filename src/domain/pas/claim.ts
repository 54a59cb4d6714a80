/**
 * The PAS Claim of a new request (pas.md §2.2–2.4). Pure. References are those of the pool (`Type/id` or urn:uuid); the
 * closure rewrites them.
 */
import type {
  Claim,
  ClaimCareTeam,
  ClaimDiagnosis,
  ClaimSupportingInfo,
  CodeableConcept,
  Coding,
  Encounter,
  Extension,
  FhirResource,
  Identifier,
  PractitionerRole,
} from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import type { ClaimFacts } from './claim-facts.ts'
import { buildItem, type ItemFrame } from './claim-items.ts'
import { listDiagnoses, readDiagnoses } from './diagnosis-codes.ts'
import { readTaxonomy } from './provider-resources.ts'
import type { PasRequestInput } from './request-input.ts'

/** X12 takes the first twelve (pas.md §1.1). */
const MAX_DIAGNOSES = 12
/** MSG01 holds 264 characters. */
const MAX_MESSAGE_LENGTH = 264

const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })
const temporary = (code: string): CodeableConcept => concept(SYSTEM.pasTemp, code)

/** X12 98: who ordered, who performs. */
const ORDERING = 'DK'
const PERFORMING = 'SJ'
/** X12 1338 by v3 ActPriority of an admission. */
const LEVEL_OF_PRIORITY: Readonly<Record<string, string>> = { EM: '03', UR: 'U', EL: 'E' }

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
  readonly careTeam: readonly TeamMember[]
  /** Who performs a line: `performer` is how its order names them. */
  readonly performers: readonly (TeamMember & { readonly performer: string })[]
  /** The admission, as planned; null where the request is about none. */
  readonly encounter: { readonly reference: string; readonly resource: Encounter } | null
}

export interface TeamMember {
  readonly reference: string
  /** Null for an organization. */
  readonly role: PractitionerRole | null
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

/** The team: who ordered, for the whole request; who performs, for the lines that name them. */
function buildCareTeam(parties: ClaimParties): {
  team: ClaimCareTeam[]
  sequenceOf: (performer: string | null) => number | undefined
} {
  const member = ({ reference, role }: TeamMember, sequence: number, isOverall: boolean): ClaimCareTeam => {
    const taxonomy = role === null ? undefined : readTaxonomy(role)
    return {
      extension: [{ url: EXT.careTeamClaimScope, valueBoolean: isOverall }],
      sequence,
      provider: { reference },
      role: concept(SYSTEM.x12EntityIdentifier, isOverall ? ORDERING : PERFORMING),
      ...(taxonomy === undefined ? {} : { qualification: { coding: [taxonomy] } }),
    }
  }
  const { careTeam, performers } = parties
  const before = careTeam.length
  return {
    team: [
      ...careTeam.map((one, index) => member(one, index + 1, true)),
      ...performers.map((one, index) => member(one, before + index + 1, false)),
    ],
    sequenceOf: (performer) => {
      const at = performers.findIndex((one) => isSameReference(one.performer, performer ?? undefined))
      return at < 0 ? undefined : before + at + 1
    },
  }
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

const dayOf = (value: string | undefined): string | undefined => /^\d{4}-\d{2}-\d{2}/.exec(value ?? '')?.[0]

/** When the patient comes, and when they are expected to leave: full dates alone. */
function admissionInfos(admission: Encounter | null): WithoutSequence[] {
  const start = dayOf(admission?.period?.start)
  const end = dayOf(admission?.period?.end)
  if (start === undefined) return []
  const timing = end === undefined || end === start ? { timingDate: start } : { timingPeriod: { start, end } }
  return [
    { category: temporary('admissionDates'), ...timing },
    ...(end === undefined ? [] : [{ category: temporary('dischargeDates'), timingDate: end }]),
  ]
}

/** Patient event first, then the admission, the documents, and the words: sequences 1…n. */
function buildSupportingInfo(
  input: PasRequestInput,
  admission: Encounter | null,
  documents: readonly ClaimDocument[],
): ClaimSupportingInfo[] {
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
  infos.push(...admissionInfos(admission))
  documents.forEach(({ reference, resource }, index) =>
    infos.push({
      extension: [documentInformation(resource, `${input.identifiers.claim.value}-D${index + 1}`)],
      category: temporary('additionalInformation'),
      valueReference: { reference },
    }),
  )
  const reason = input.urgency.level === 'expedited' ? input.urgency.reason?.trim() : undefined
  for (const text of [reason, input.message?.trim()])
    if (text) infos.push({ category: temporary('freeFormMessage'), valueString: text.slice(0, MAX_MESSAGE_LENGTH) })
  return infos.map((info, index) => ({ ...info, sequence: index + 1 }))
}

/** The request's diagnoses, the drug's first one principal, each once, twelve at most. */
function buildDiagnoses(input: PasRequestInput): ClaimDiagnosis[] {
  const orders = input.lines.flatMap(({ orderRef }) => findOrder(input, orderRef) ?? [])
  return listDiagnoses(orders, input.known)
    .slice(0, MAX_DIAGNOSES)
    .map(({ code, recordedDate }, index) => ({
      ...(recordedDate === undefined
        ? {}
        : { extension: [{ url: EXT.diagnosisRecordedDate, valueDate: recordedDate }] }),
      sequence: index + 1,
      diagnosisCodeableConcept: { coding: [code] },
      ...(index === 0 ? { type: [temporary('principal')] } : {}),
    }))
}

const findOrder = (input: PasRequestInput, reference: string): FhirResource | undefined =>
  input.orders.find((order) => isSameReference(referenceTo(order), reference))

/** X12 1338 of the request: urgent by a person's word, else as the admission is planned. */
function levelOfService({ urgency }: PasRequestInput, admission: Encounter | null): string | undefined {
  if (urgency.level === 'expedited') return 'U'
  return admission === null ? undefined : LEVEL_OF_PRIORITY[admission.priority?.coding?.[0]?.code ?? '']
}

function conditionExtensions({ conditions, homeHealth }: ClaimFacts): Extension[] {
  const coded = (url: string, coding: Coding): Extension => ({ url, valueCodeableConcept: { coding: [coding] } })
  return [
    ...conditions.map(({ category, codes }) => ({
      url: EXT.conditionCode,
      extension: [
        coded('category', category),
        { url: 'indicator', valueBoolean: true },
        ...codes.map((code) => coded('code', code)),
      ],
    })),
    ...(homeHealth === null
      ? []
      : [
          {
            url: EXT.homeHealthCareInformation,
            extension: [coded('prognosis', homeHealth.prognosis), { url: 'date', valueDate: homeHealth.date }],
          },
        ]),
  ]
}

function extensionsOf(input: PasRequestInput, { encounter }: ClaimParties): Extension[] {
  const level = levelOfService(input, encounter?.resource ?? null)
  return [
    transmissionIdentifiers(input.senderId, input.receiverId),
    ...(level === undefined
      ? []
      : [{ url: EXT.levelOfService, valueCodeableConcept: concept(SYSTEM.x12LevelOfService, level) }]),
    ...conditionExtensions(input.facts),
    ...(encounter === null ? [] : [{ url: EXT.claimEncounter, valueReference: { reference: encounter.reference } }]),
  ]
}

/** Where the requester is at home, and which of its departments asks (PASIdentifier). */
function identifierOf({ identifiers, organization, department }: PasRequestInput): Identifier {
  const state = organization.address?.[0]?.state
  const extension: Extension[] = [
    ...(department === null ? [] : [{ url: EXT.identifierSubDepartment, valueString: department }]),
    ...(state === undefined
      ? []
      : [{ url: EXT.identifierJurisdiction, valueCodeableConcept: concept(SYSTEM.usps, state) }]),
  ]
  return { ...(extension.length > 0 ? { extension } : {}), ...identifiers.claim }
}

function accidentOf({ accident }: ClaimFacts): Pick<Claim, 'accident'> {
  if (accident === null) return {}
  const { date, type, location } = accident
  return { accident: { date, type: { coding: [type] }, ...(location === null ? {} : { locationAddress: location }) } }
}

/** Builds the Claim; its lines must be complete (`buildRequestBundle` checks). */
export function buildClaim(input: PasRequestInput, parties: ClaimParties, documents: readonly ClaimDocument[]): Claim {
  const supportingInfo = buildSupportingInfo(input, parties.encounter?.resource ?? null, documents)
  const diagnosis = buildDiagnoses(input)
  const { team, sequenceOf } = buildCareTeam(parties)
  const isInstitutional = parties.encounter !== null
  const frame: ItemFrame = {
    claimIdentifier: input.identifiers.claim,
    facts: input.facts,
    isInstitutional,
    placeOfService: input.placeOfService,
    diagnosis,
    informationSequence: supportingInfo.filter((info) => info.valueReference).map(({ sequence }) => sequence),
    codesOf: (orderRef) => readDiagnoses(findOrder(input, orderRef), input.known).map(({ code }) => code.code),
    memberOf: ({ particulars }) => sequenceOf(particulars.performer),
  }
  return {
    resourceType: 'Claim',
    id: input.identifiers.claimId,
    meta: { profile: [PROFILE.pasClaim] },
    extension: extensionsOf(input, parties),
    identifier: [identifierOf(input)],
    status: 'active',
    type: concept(SYSTEM.claimType, isInstitutional ? 'institutional' : 'professional'),
    use: 'preauthorization',
    patient: { reference: parties.patient },
    created: input.createdAt,
    insurer: { reference: parties.insurer },
    provider: { reference: parties.requestor },
    priority: concept(SYSTEM.processPriority, input.urgency.level === 'expedited' ? 'stat' : 'normal'),
    ...(team.length > 0 ? { careTeam: team } : {}),
    ...(supportingInfo.length > 0 ? { supportingInfo } : {}),
    ...(diagnosis.length > 0 ? { diagnosis } : {}),
    insurance: [{ sequence: 1, focal: true, coverage: { reference: parties.coverage } }],
    ...accidentOf(input.facts),
    item: input.lines.map((line) => buildItem(line, frame)),
  }
}
