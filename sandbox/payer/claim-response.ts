/**
 * Writes a verdict as a PAS response Bundle (spec pas.md §3): the ClaimResponse first, then everything it refers to, echoed
 * as it was sent. What differs in 2.0.1 stands in `older-response.ts`.
 */
import type { Bundle, ClaimItem, ClaimResponse, Extension, FhirResource } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import { buildCommunicationRequests } from './communication-request.ts'
import type { LineDecision } from './ledger.ts'
import { buildOlderContent } from './older-response.ts'
import { closeOver, findEntry } from './pas-bundle.ts'
import type { PasRequest } from './pas-request.ts'
import {
  buildAdjudication,
  buildDates,
  buildDetail,
  buildItem,
  buildNotes,
  findItem,
  isChanged,
  lineNumber,
  type ResponseFrame,
} from './response-lines.ts'
import type { LineVerdict, Verdict } from './verdict.ts'

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
    identifier: [{ system: `${frame.fhirBase}/response`, value: frame.trackingNumber }],
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: { reference: parties.patient },
    created: frame.now,
    insurer: { reference: parties.insurer },
    requestor: { reference: parties.requestor },
    request: { type: 'Claim', identifier: claim.identifier?.[0] ?? {} },
    ...(frame.version === '2.0.1' ? buildOlderContent(request, verdict, frame) : buildContent(request, verdict, frame)),
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

/** What the version says of the verdict: its outcome, lines, errors, and who reviewed it. */
function buildContent(
  request: PasRequest,
  verdict: Verdict,
  frame: ResponseFrame,
): Pick<ClaimResponse, 'extension' | 'outcome' | 'item' | 'addItem' | 'processNote' | 'error'> {
  return {
    extension: buildRootExtensions(request, verdict, frame),
    outcome: readOutcome(verdict),
    ...buildLines(request, verdict, frame),
    ...buildError(verdict),
  }
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
  const item = verdict.lines.map((line) => buildItem(findItem(request, line), line, notes, frame, buildDetail))
  const addItem = verdict.lines.flatMap((line) => {
    const asked = findItem(request, line)
    return isChanged(line) && asked !== undefined ? [buildAllowedItem(asked, line, frame)] : []
  })
  return {
    item,
    ...(addItem.length === 0 ? {} : { addItem }),
    ...buildNotes(notes),
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
