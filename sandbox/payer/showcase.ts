/**
 * The showcase: an ordinary answer with every must-support element of the ClaimResponse profile put in (spec pas.md §3,
 * §11.4; what is of 2.0.1 stands in `older-showcase.ts`), its parties made whole, and with one Task for each kind of request
 * for information. Some of the elements stand where the
 * published package itself forbids their extension (§2.15): a validator says so, and they are asked for all the same.
 */
import type { Bundle, BundleEntry, ClaimResponse, Extension, FhirResource, Organization } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension } from '../../src/domain/fhir/extension.ts'
import { addToDate, dateIn } from '../../src/domain/time.ts'
import type { ResponseFrame } from './response-lines.ts'
import { showOlderCommunication, showOlderResponse, showOlderTasks } from './older-showcase.ts'
import { closeOver } from './pas-bundle.ts'
import type { PasRequest } from './pas-request.ts'
import { showItem, showAddedItems, type Shown } from './showcase-lines.ts'
import { showParties } from './showcase-parties.ts'
import { showTasks } from './showcase-tasks.ts'
import type { LineVerdict, Verdict } from './verdict.ts'

/** The first line changed, the last one pended for a document and a form, the others approved. */
export function showcaseVerdict({ claim }: PasRequest): Verdict {
  const items = claim.item ?? []
  const lines = items.map((item, index): LineVerdict => {
    const base = { sequence: item.sequence, reasons: [], notes: [] }
    if (index === 0) {
      const allowed = Math.max(1, Math.floor((item.quantity?.value ?? 2) / 2))
      return { ...base, action: 'A6', allowed, reasons: ['0P'], notes: ['Half of what was asked for is allowed.'] }
    }
    return index === items.length - 1
      ? { ...base, action: 'A4', notes: ['The last laboratory results are needed.'] }
      : { ...base, action: 'A1' }
  })
  return { kind: 'pended', lines, needs: [{ loinc: '11502-2', text: 'Laboratory report' }] }
}

/** The answer with everything in it. */
export function showEverything(
  answer: Bundle<FhirResource>,
  request: PasRequest,
  frame: ResponseFrame,
): Bundle<FhirResource> {
  const [first, ...others] = answer.entry ?? []
  const response = first?.resource
  if (response?.resourceType !== 'ClaimResponse') return answer
  const today = dateIn(frame.now, 'America/New_York')
  const organization = others.find(({ resource }) => resource?.resourceType === 'Organization' && isProvider(resource))
  const shown: Shown = {
    request,
    frame,
    today,
    later: (days) => addToDate(today, { days }) ?? today,
    provider: { reference: organization?.fullUrl ?? response.insurer.reference ?? '' },
  }
  const isOlder = frame.version === '2.0.1'
  const full = isOlder ? showOlderResponse(response, shown) : showResponse(response, shown)
  const named = closeOver(request.bundle, [
    ...(full.addItem ?? []).map((added) => readExtension(added, EXT.requestedService)?.valueReference?.reference),
    ...(request.claim.careTeam ?? []).map((member) => member.provider.reference),
  ]).filter(({ fullUrl }) => !others.some((one) => one.fullUrl === fullUrl))
  const asking = others.map(isOlder ? showOlderCommunication(request) : showCommunication(request))
  const entries: BundleEntry<FhirResource>[] = [
    { ...first, resource: full },
    ...showParties([...asking, ...named], full, shown),
    ...(isOlder ? showOlderTasks(full, shown) : showTasks(full, shown)),
  ]
  return { ...answer, entry: entries }
}

const isProvider = ({ type }: Organization): boolean =>
  type?.some(({ coding }) => coding?.some(({ code }) => code === 'PR')) !== true

function showResponse(response: ClaimResponse, shown: Shown): ClaimResponse {
  const { frame, today, later, provider } = shown
  const [identifier] = response.identifier ?? []
  const notes = response.processNote ?? []
  const faultNote = notes.length + 1
  return {
    ...response,
    extension: [...(response.extension ?? []), showReviewer(), { ...authorizedBy(provider.reference) }],
    identifier: [
      {
        ...identifier,
        extension: [
          { url: EXT.identifierSubDepartment, valueString: 'UM-NORTH' },
          {
            url: EXT.identifierJurisdiction,
            valueCodeableConcept: { coding: [{ system: 'https://www.usps.com/', code: 'OH' }] },
          },
        ],
      },
    ],
    // As a payer that got the request by fax would answer: it knows no Claim.
    request: { extension: [{ url: EXT.dataAbsentReason, valueCode: 'unknown' }] },
    outcome: 'partial',
    preAuthPeriod: { start: today, end: later(180) },
    adjudication: [
      {
        // The package allows a number here, and no code.
        extension: [
          {
            url: EXT.reviewAction,
            extension: [{ url: 'number', valueString: `${frame.authorizationNumber}-ALL` }],
          },
        ],
        category: { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] },
      },
    ],
    item: (response.item ?? []).map((item) => showItem(item, shown)),
    addItem: showAddedItems(response, shown),
    processNote: [...notes, { number: faultNote, text: 'The service period is longer than the plan year.' }],
    error: [
      {
        extension: [
          {
            url: EXT.errorFollowupAction,
            valueCodeableConcept: { coding: [{ system: SYSTEM.x12FollowupAction, code: 'C' }] },
          },
          {
            url: EXT.errorElement,
            extension: [
              { url: 'processNote', valuePositiveInt: faultNote },
              { url: 'error', valueString: '2000F-DTP03' },
            ],
          },
          { url: EXT.errorPath, valueString: 'Bundle.entry[0].resource.item[0].servicedPeriod' },
        ],
        code: { coding: [{ system: SYSTEM.x12RejectReason, code: '57' }] },
      },
    ],
  }
}

function showReviewer(): Extension {
  return {
    url: EXT.claimResponseReviewer,
    extension: [
      { url: 'wasHumanReviewedFlag', valueBoolean: true },
      { url: 'reviewerNPI', valueIdentifier: { system: SYSTEM.npi, value: '1457389028' } },
      {
        url: 'reviewerSpecialty',
        valueCodeableConcept: { coding: [{ system: SYSTEM.nucc, code: '207RG0100X' }] },
      },
    ],
  }
}

/** At the root without a type of provider, which the package does not allow there. */
function authorizedBy(reference: string | undefined): Extension {
  return {
    url: EXT.itemAuthorizedProvider,
    extension: [
      { url: 'provider', valueReference: { reference: reference ?? '' } },
      {
        url: 'role',
        valueCodeableConcept: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claimcareteamrole', code: 'primary' }],
        },
      },
      {
        url: 'qualification',
        valueCodeableConcept: { coding: [{ system: SYSTEM.nucc, code: '207R00000X' }] },
      },
    ],
  }
}

/** The line, the diagnosis and the time window of what is asked for. */
function showCommunication(request: PasRequest) {
  return (entry: BundleEntry<FhirResource>): BundleEntry<FhirResource> => {
    const { resource } = entry
    if (resource?.resourceType !== 'CommunicationRequest') return entry
    const line = request.claim.item?.at(-1)?.sequence ?? 1
    const extension: Extension[] = [
      {
        url: EXT.communicatedDiagnosis,
        valueCodeableConcept: { coding: [{ system: SYSTEM.icd10cm, code: 'K50.90' }] },
      },
      { url: EXT.contentModifier, valueCodeableConcept: { coding: [{ system: SYSTEM.loinc, code: '18804-5' }] } },
    ]
    const payload = (resource.payload ?? []).map((one) => ({ ...one, extension }))
    const root = [{ url: EXT.serviceLineNumber, valuePositiveInt: line }]
    return { ...entry, resource: { ...resource, extension: root, payload } }
  }
}
