/**
 * Writes a verdict as a PAS 2.2.1 response Bundle (spec pas.md §3): the ClaimResponse first, then everything it refers
 * to, echoed as it was sent.
 */
import type { Bundle, ClaimItem, ClaimResponse, ClaimResponseItem, Extension, FhirResource } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import { addToDate, dateIn } from '../../src/domain/time.ts'
import { buildCommunicationRequests } from './communication-request.ts'
import type { LineDecision } from './ledger.ts'
import { closeOver, findEntry } from './pas-bundle.ts'
import type { PasRequest } from './pas-request.ts'
import type { LineVerdict, Verdict } from './verdict.ts'

/** Who answers, when, and under which numbers. */
export interface ResponseFrame {
  readonly fhirBase: string
  readonly receiverId: string
  readonly now: string
  /** The payer's own id of the request: keeps its ClaimResponse one and the same from pend to decision. */
  readonly requestId: string
  readonly newId: () => string
  /** Certification number of the request; lines append their sequence. */
  readonly authorizationNumber: string
  /** Tracking number while pended. */
  readonly trackingNumber: string
  /** How long a certification runs at most. */
  readonly maxMonths: number
}

const TIME_ZONE = 'America/New_York'

/** Builds the Bundle that answers a request. */
export function buildResponseBundle(request: PasRequest, verdict: Verdict, frame: ResponseFrame): Bundle<FhirResource> {
  const { bundle, claim } = request
  const owner = bundle.entry?.[0]?.fullUrl
  const fullUrlOf = (reference: string | undefined): string => findEntry(bundle, reference, owner)?.fullUrl ?? ''
  const parties = {
    patient: fullUrlOf(claim.patient.reference),
    insurer: fullUrlOf(claim.insurer?.reference),
    requestor: fullUrlOf(claim.provider.reference),
    organization: findOrganization(request),
  }
  const asked = verdict.kind === 'pended' ? buildCommunicationRequests(verdict.needs, parties, frame) : []
  const response: ClaimResponse = {
    resourceType: 'ClaimResponse',
    id: frame.requestId,
    meta: { profile: [PROFILE.pasClaimResponse] },
    extension: buildRootExtensions(request, verdict, frame),
    identifier: [{ system: `${frame.fhirBase}/response`, value: frame.trackingNumber }],
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: { reference: parties.patient },
    created: frame.now,
    insurer: { reference: parties.insurer },
    requestor: { reference: parties.requestor },
    request: { type: 'Claim', identifier: claim.identifier?.[0] ?? {} },
    outcome: readOutcome(verdict),
    ...buildLines(request, verdict, frame),
    ...buildError(verdict),
    ...(asked.length === 0 ? {} : { communicationRequest: asked.map(({ fullUrl }) => ({ reference: fullUrl ?? '' })) }),
  }
  const echoed = closeOver(bundle, [claim.patient.reference, claim.insurer?.reference, claim.provider.reference])
  return {
    resourceType: 'Bundle',
    id: frame.newId(),
    meta: { profile: [PROFILE.pasResponseBundle] },
    identifier: { system: `${frame.fhirBase}/transaction`, value: frame.newId() },
    type: 'collection',
    timestamp: frame.now,
    entry: [{ fullUrl: `${frame.fhirBase}/ClaimResponse/${frame.requestId}`, resource: response }, ...echoed, ...asked],
  }
}

/** The requestor if it is an organization, else the organization of its role. */
function findOrganization({ bundle, claim }: PasRequest): string | undefined {
  const requestor = findEntry(bundle, claim.provider.reference, bundle.entry?.[0]?.fullUrl)
  return requestor?.resource?.resourceType === 'PractitionerRole'
    ? findEntry(bundle, requestor.resource.organization?.reference, requestor.fullUrl)?.fullUrl
    : requestor?.fullUrl
}

/** The decisions of an answer, line by line, for the payer's own page and API. */
export function readLineDecisions(request: PasRequest, verdict: Verdict, frame: ResponseFrame): LineDecision[] {
  if (verdict.kind === 'rejected') return []
  return verdict.lines.map((line) => ({
    sequence: line.sequence,
    code: findItem(request, line)?.productOrService.coding?.[0]?.code ?? '',
    reviewAction: line.action,
    number: lineNumber(line, frame),
  }))
}

/** All lines pended, or none: complete. Both kinds: partial. A fault: error (§3.2). */
function readOutcome(verdict: Verdict): ClaimResponse['outcome'] {
  if (verdict.kind === 'rejected') return 'error'
  const pended = verdict.lines.filter((line) => line.action === 'A4').length
  return pended === 0 || pended === verdict.lines.length ? 'complete' : 'partial'
}

function buildRootExtensions({ claim }: PasRequest, verdict: Verdict, frame: ResponseFrame): Extension[] {
  const sent = readExtension(claim, EXT.transmissionIdentifiers)
  const sender = readExtension(sent, 'interchangeSenderID')?.valueString
  const application = readExtension(sent, 'applicationSenderCode')?.valueString
  const transmission: Extension = {
    url: EXT.transmissionIdentifiers,
    extension: [
      { url: 'applicationSenderCode', valueString: frame.receiverId },
      { url: 'applicationReceiverCode', valueString: application ?? '' },
      { url: 'interchangeSenderID', valueString: frame.receiverId },
      ...(sender === undefined ? [] : [{ url: 'interchangeReceiverID', valueString: sender }]),
    ],
  }
  const reviewer: Extension = {
    url: EXT.claimResponseReviewer,
    extension: [{ url: 'wasHumanReviewedFlag', valueBoolean: verdict.kind === 'decided' && verdict.byHuman }],
  }
  return [...(application === undefined ? [] : [transmission]), ...(verdict.kind === 'decided' ? [reviewer] : [])]
}

function buildLines(
  request: PasRequest,
  verdict: Verdict,
  frame: ResponseFrame,
): Pick<ClaimResponse, 'item' | 'addItem' | 'processNote'> {
  if (verdict.kind === 'rejected') return {}
  const notes = [...new Set(verdict.lines.flatMap((line) => line.notes))]
  const item = verdict.lines.map((line) => buildItem(findItem(request, line), line, notes, frame))
  const addItem = verdict.lines.flatMap((line) => {
    const asked = findItem(request, line)
    return line.action === 'A6' && asked !== undefined ? [buildAllowedItem(asked, line, frame)] : []
  })
  return {
    item,
    ...(addItem.length === 0 ? {} : { addItem }),
    ...(notes.length === 0 ? {} : { processNote: notes.map((text, index) => ({ number: index + 1, text })) }),
  }
}

function findItem({ claim }: PasRequest, line: LineVerdict): ClaimItem | undefined {
  return claim.item?.find((item) => item.sequence === line.sequence)
}

function buildItem(
  asked: ClaimItem | undefined,
  line: LineVerdict,
  notes: readonly string[],
  frame: ResponseFrame,
): ClaimResponseItem {
  const noteNumber = line.notes.map((note) => notes.indexOf(note) + 1)
  return {
    extension: [
      ...readExtensions(asked, EXT.itemTraceNumber),
      ...buildDates(asked, line, frame),
      ...(line.action === 'A4' ? [{ url: EXT.administrationReferenceNumber, valueString: frame.trackingNumber }] : []),
      ...(line.action === 'A6' && asked !== undefined ? [buildRequestedDetail(asked)] : []),
    ],
    itemSequence: line.sequence,
    ...(noteNumber.length === 0 ? {} : { noteNumber }),
    adjudication: [buildAdjudication(line, frame)],
  }
}

/** The authorized version of a modified item: same sequence, what was granted (spec-36). */
function buildAllowedItem(
  asked: ClaimItem,
  line: LineVerdict,
  frame: ResponseFrame,
): NonNullable<ClaimResponse['addItem']>[number] {
  return {
    extension: [...readExtensions(asked, EXT.itemTraceNumber), ...buildDates(undefined, line, frame, asked)],
    itemSequence: [line.sequence],
    productOrService: asked.productOrService,
    ...(asked.modifier === undefined ? {} : { modifier: asked.modifier }),
    ...(asked.servicedDate === undefined ? {} : { servicedDate: asked.servicedDate }),
    ...(asked.servicedPeriod === undefined ? {} : { servicedPeriod: asked.servicedPeriod }),
    ...(asked.locationCodeableConcept === undefined ? {} : { locationCodeableConcept: asked.locationCodeableConcept }),
    ...(line.allowed === undefined ? {} : { quantity: { ...asked.quantity, value: line.allowed } }),
    adjudication: [buildAdjudication({ ...line, action: 'A1' }, frame)],
  }
}

/** Issue date of a decision; the period of a certification; the date asked for, on requested items only. */
function buildDates(
  asked: ClaimItem | undefined,
  line: LineVerdict,
  frame: ResponseFrame,
  granted = asked,
): Extension[] {
  const issued = dateIn(frame.now, TIME_ZONE)
  const start = granted?.servicedPeriod?.start ?? granted?.servicedDate ?? issued
  const longest = addToDate(start, { months: frame.maxMonths })
  const asking = granted?.servicedPeriod?.end
  const end = asking === undefined || (longest !== undefined && longest < asking) ? longest : asking
  const isCertified = line.action === 'A1' || line.action === 'A6'
  return [
    ...(line.action === 'A4' ? [] : [{ url: EXT.itemPreAuthIssueDate, valueDate: issued }]),
    ...(isCertified
      ? [{ url: EXT.itemPreAuthPeriod, valuePeriod: { start, ...(end === undefined ? {} : { end }) } }]
      : []),
    ...(asked?.servicedPeriod === undefined
      ? []
      : [{ url: EXT.itemRequestedServiceDate, valuePeriod: asked.servicedPeriod }]),
    ...(asked?.servicedDate === undefined
      ? []
      : [{ url: EXT.itemRequestedServiceDate, valueDateTime: asked.servicedDate }]),
  ]
}

/** PAS 2.2.1: the requested details stand in the item, the granted ones in addItem. */
function buildRequestedDetail(asked: ClaimItem): Extension {
  return {
    url: EXT.itemAuthorizedDetail,
    extension: [
      { url: 'productOrServiceCode', valueCodeableConcept: asked.productOrService },
      ...(asked.modifier ?? []).map((modifier) => ({ url: 'modifier', valueCodeableConcept: modifier })),
      ...(asked.quantity === undefined ? [] : [{ url: 'quantity', valueQuantity: asked.quantity }]),
    ],
  }
}

function buildAdjudication(
  line: LineVerdict,
  frame: ResponseFrame,
): NonNullable<ClaimResponseItem['adjudication']>[number] {
  const number = lineNumber(line, frame)
  const code = { coding: [{ system: SYSTEM.x12ReviewAction, code: line.action }] }
  const reviewAction: Extension = {
    url: EXT.reviewAction,
    extension: [
      ...(number === null ? [] : [{ url: 'number', valueString: number }]),
      ...line.reasons.map((reason) => ({
        url: 'reasonCode',
        valueCodeableConcept: { coding: [{ system: SYSTEM.x12DecisionReason, code: reason }] },
      })),
      { url: EXT.reviewActionCode, valueCodeableConcept: code },
    ],
  }
  return { extension: [reviewAction], category: { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] } }
}

function lineNumber(line: LineVerdict, frame: ResponseFrame): string | null {
  return line.action === 'A1' || line.action === 'A6' ? `${frame.authorizationNumber}-${line.sequence}` : null
}

function buildError(verdict: Verdict): Pick<ClaimResponse, 'error' | 'processNote'> {
  if (verdict.kind !== 'rejected') return {}
  const { fault } = verdict
  const element: Extension = {
    url: EXT.errorElement,
    extension: [
      { url: 'processNote', valuePositiveInt: 1 },
      { url: 'error', valueString: fault.element },
    ],
  }
  return {
    error: [
      {
        extension: [
          {
            url: EXT.errorFollowupAction,
            valueCodeableConcept: { coding: [{ system: SYSTEM.x12FollowupAction, code: fault.followUp }] },
          },
          element,
          { url: EXT.errorPath, valueString: fault.path },
        ],
        code: { coding: [{ system: SYSTEM.x12RejectReason, code: fault.code }] },
      },
    ],
    processNote: [{ number: 1, text: fault.note }],
  }
}
