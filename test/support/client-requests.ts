/** What our client sends of every kind: new requests, their updates and cancellations, and inquiries about them. */
import type { Bundle, Claim, DocumentReference, FhirResource } from 'fhir/r4'
import type { InquiryAsk, KnownCertification } from '../../src/domain/pas/inquiry-ask.ts'
import { buildInquiryBundle } from '../../src/domain/pas/inquiry-bundle.ts'
import { buildPasRequestBundle } from '../../src/domain/pas/request-bundle.ts'
import type { PasRequestInput } from '../../src/domain/pas/request-input.ts'
import { buildUpdateBundle, type UpdateInput } from '../../src/domain/pas/update-bundle.ts'
import { pasRequestInput, uuidFor } from './pas-request.ts'
import { REQUEST_KINDS } from './request-kinds.ts'

type Message = Bundle<FhirResource>

/** The Claim of a message. */
export const claimIn = (bundle: Message): Claim => {
  const claim = bundle.entry?.[0]?.resource
  if (claim?.resourceType !== 'Claim') throw new Error('no Claim is first')
  return claim
}

/** A new request of a kind. */
export function requestOfKind(kind: string): Message {
  const input = REQUEST_KINDS[kind]?.()
  if (input === undefined) throw new Error(`there is no kind ${kind}`)
  const built = buildPasRequestBundle(input)
  if (!built.ok) throw new Error(JSON.stringify(built.error))
  return built.value.bundle
}

/** Version n of a request; nothing changes but what is named. */
export function nextVersion(
  prior: Message,
  version: number,
  change: Partial<UpdateInput['change']>,
  additions: Partial<PasRequestInput> = {},
): Message {
  const built = buildUpdateBundle({
    prior,
    change: { cancelAll: false, edits: [], cancelled: [], approved: [], ...change },
    numbers: [{ sequence: 1, authorization: 'AUTH-1', tracking: 'TRACK-1' }],
    additions: pasRequestInput({
      identifiers: {
        bundle: { system: 'https://precert.example/submission', value: `bundle-v${String(version)}` },
        claim: { system: 'urn:trnorg:1311234567', value: `claim-v${String(version)}` },
        claimId: uuidFor(`claim v${String(version)}`),
      },
      orders: [],
      lines: [],
      documents: [],
      questionnaireResponses: [],
      ...additions,
    }),
  })
  if (!built.ok) throw new Error(JSON.stringify(built.error))
  return built.value.bundle
}

const report: DocumentReference = { ...pasRequestInput().documents[0]!, id: 'lab-2', description: 'Newer report' }

export interface Chain {
  readonly initial: Message
  /** A line is added, and a document. */
  readonly added: Message
  /** One line is changed, another and a document are cancelled. */
  readonly modified: Message
  readonly cancelled: Message
}

/** The four submits of the kit's update group, for a request of a kind. */
export function updateChain(kind: string): Chain {
  const initial = requestOfKind(kind)
  const further = REQUEST_KINDS['home care']?.()
  const [line] = further?.lines ?? []
  if (further === undefined || line === undefined) throw new Error('no line to add')
  const sequence = Math.max(...(claimIn(initial).item ?? []).map((item) => item.sequence)) + 1
  const orders = further.orders.map((order) => ({ ...order, id: 'sr-added' }))
  const lines = [{ ...line, sequence, orderRef: 'ServiceRequest/sr-added' }]
  const added = nextVersion(initial, 2, {}, { orders, lines, documents: [report], message: 'One line more' })
  const modified = nextVersion(added, 3, {
    edits: [{ sequence: 1, quantity: '3', start: '2026-12-20', end: '2027-03-20' }],
    cancelled: [sequence],
  })
  return { initial, added, modified, cancelled: nextVersion(modified, 4, { cancelAll: true }) }
}

const KNOWN: KnownCertification = {
  sequence: 1,
  authorization: 'AUTH-1',
  tracking: 'TRACK-1',
  reviewAction: 'A1',
  issuedOn: '2026-11-29',
  validFrom: '2026-12-01',
  validTo: '2027-05-31',
}

/** An inquiry about a request. */
export function inquiryAbout(request: Message, ask: InquiryAsk): Message {
  const ids = {
    bundle: { system: 'https://precert.example/inquiry', value: 'inquiry-1' },
    claimId: uuidFor('inquiry'),
    createdAt: '2026-11-29T10:00:00Z',
    uuidFor,
  }
  return buildInquiryBundle(request, { claim: claimIn(request) }, ids, ask)
}

/** The three ways to ask about a request. */
export function inquiriesAbout(request: Message): Message[] {
  const sequences = (claimIn(request).item ?? []).map(({ sequence }) => sequence)
  return [
    inquiryAbout(request, { by: 'item', sequences, known: [KNOWN] }),
    inquiryAbout(request, { by: 'number', authorization: 'AUTH-1', tracking: 'TRACK-1' }),
    inquiryAbout(request, { by: 'patient', period: { start: '2026-12-01', end: '2027-05-31' } }),
  ]
}
