/** What our client sends of every kind: new requests, their updates and cancellations, and inquiries about them. */
import type {
  Bundle,
  Claim,
  DocumentReference,
  Extension,
  FhirResource,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { referenceTo } from '../../src/domain/fhir/reference.ts'
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

/** A form as DTR completes it: about a coverage and an order, for prior authorization, each answer with its origin. */
function asFilledByDtr(response: QuestionnaireResponse, { coverage, orders }: PasRequestInput): QuestionnaireResponse {
  const [order] = orders
  const origin: Extension = {
    url: EXT.informationOrigin,
    extension: [
      { url: 'source', valueCode: 'manual' },
      {
        url: 'author',
        extension: [{ url: 'practitioner', valueReference: response.author ?? { display: 'Lena Ruiz, MD' } }],
      },
    ],
  }
  const withOrigins = (items: readonly QuestionnaireResponseItem[] | undefined): QuestionnaireResponseItem[] =>
    (items ?? []).map((item) => ({
      ...item,
      ...(item.answer === undefined
        ? {}
        : { answer: item.answer.map((answer) => ({ ...answer, extension: [origin] })) }),
      ...(item.item === undefined ? {} : { item: withOrigins(item.item) }),
    }))
  return {
    ...response,
    meta: { profile: [PROFILE.dtrQuestionnaireResponse] },
    extension: [
      { url: EXT.qrCoverage, valueReference: { reference: referenceTo(coverage) ?? '' } },
      ...(order === undefined ? [] : [{ url: EXT.qrContext, valueReference: { reference: referenceTo(order) ?? '' } }]),
      {
        url: EXT.intendedUse,
        valueCodeableConcept: { coding: [{ system: SYSTEM.crdCoverageInformationCodes, code: 'withpa' }] },
      },
    ],
    questionnaire: `${response.questionnaire?.split('|')[0] ?? ''}|1.0.0`,
    item: withOrigins(response.item),
  }
}

/** A new request of a kind. */
export function requestOfKind(kind: string): Message {
  const input = REQUEST_KINDS[kind]?.()
  if (input === undefined) throw new Error(`there is no kind ${kind}`)
  const questionnaireResponses = input.questionnaireResponses.map((one) => asFilledByDtr(one, input))
  const built = buildPasRequestBundle({ ...input, questionnaireResponses })
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

/** The three ways to ask about a request, as a person chooses them. */
export function asksAbout(request: Message): InquiryAsk[] {
  const sequences = (claimIn(request).item ?? []).map(({ sequence }) => sequence)
  return [
    { by: 'item', sequences, known: [KNOWN] },
    { by: 'number', authorization: 'AUTH-1', tracking: 'TRACK-1' },
    { by: 'patient', period: { start: '2026-12-01', end: '2027-05-31' } },
  ]
}

export const inquiriesAbout = (request: Message): Message[] =>
  asksAbout(request).map((ask) => inquiryAbout(request, ask))

/** The request, or requests that belong together, of another member and under numbers of its own. */
export function ownedBy<T>(messages: T, memberId: string, claimId: string): T {
  const text = JSON.stringify(messages)
    .replaceAll(/CSA[0-9]{6}/g, memberId)
    .replaceAll(/(019a0000-0000-7000-8000-00000000000|bundle-v|claim-v)(?=[0-9]")/g, `${memberId}-$1`)
    .replaceAll(/(019a0000-0000-7000-8000-00000000000|claim-v)(?=[0-9]-)/g, `${memberId}-$1`)
    .replaceAll('6f2d3f7e-5d3a-4b8f-9f57-0d0a5b9f3c11', claimId)
  return JSON.parse(text) as T
}
