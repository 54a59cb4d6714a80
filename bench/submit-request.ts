/** A request of 20 lines and some 30 KB, and copies of it under identifiers of their own. */
import { randomUUID } from 'node:crypto'
import type { Bundle, BundleEntry, Claim, FhirResource } from 'fhir/r4'
import { buildPasRequestBundle } from '../src/domain/pas/request-bundle.ts'
import { infusionOrders } from '../test/support/infusion-orders.ts'
import { pasRequestInput } from '../test/support/pas-request.ts'

const LINES = 20
const BYTES = 30_000
const MARKS = { bundle: 'BENCH-BUNDLE-IDENTIFIER', claim: 'BENCH-CLAIM-IDENTIFIER', note: 'BENCHNOTE' }

export interface RequestMaker {
  readonly first: Bundle<FhirResource>
  /** Gives requests without end, each new to the server. */
  readonly next: () => Buffer
}

export function makeRequests(): RequestMaker {
  const template = buildTemplate()
  const padded = template.replace(MARKS.note, 'QUJD'.repeat(Math.max(1, Math.ceil((BYTES - template.length) / 4))))
  // Cut once at the marks: making a request must cost the measuring process nothing to speak of.
  const parts = padded.split(new RegExp(`(${MARKS.bundle}|${MARKS.claim})`))
  const stamp = (): string => {
    const ids: Record<string, string> = { [MARKS.bundle]: randomUUID(), [MARKS.claim]: randomUUID() }
    return parts.map((part) => ids[part] ?? part).join('')
  }
  return { first: JSON.parse(stamp()) as Bundle<FhirResource>, next: () => Buffer.from(stamp()) }
}

/** Of the orders the first alone: with all of them the Bundle would be larger than what is measured. */
function keepOneOrder(bundle: Bundle<FhirResource>, claim: Claim): Bundle<FhirResource> {
  const item = claim.item?.map((line, at) =>
    at === 0
      ? line
      : { ...line, extension: line.extension?.filter(({ url }) => !url.endsWith('requestedService')) ?? [] },
  )
  const text = JSON.stringify({ ...claim, item })
  const isKept = ({ fullUrl, resource }: BundleEntry<FhirResource>): boolean =>
    resource?.resourceType !== 'ServiceRequest' || text.includes(fullUrl ?? '?')
  return {
    ...bundle,
    entry: (bundle.entry ?? [])
      .filter(isKept)
      .map((entry) => (entry.resource === claim ? { ...entry, resource: { ...claim, item } } : entry)),
  }
}

function buildTemplate(): string {
  const [, order] = infusionOrders()
  const orders = Array.from({ length: LINES }, (_, at) => ({ ...order, id: `sr-${String(at)}` }))
  const input = pasRequestInput({
    orders,
    questionnaireResponses: [],
    identifiers: {
      bundle: { system: 'https://vendor.example/submission', value: MARKS.bundle },
      claim: { system: 'urn:trnorg:1311234567', value: MARKS.claim },
      claimId: randomUUID(),
    },
    senderId: 'OTHERVENDOR01',
  })
  const documents = input.documents.map((document) => ({
    ...document,
    content: [{ attachment: { contentType: 'text/plain', url: 'Binary/b-1', data: MARKS.note } }],
  }))
  const built = buildPasRequestBundle({ ...input, documents })
  if (!built.ok) throw new Error(`No request could be built: ${built.error.reason}`)
  const claim = built.value.bundle.entry?.[0]?.resource as Claim
  if (claim.item?.length !== LINES) throw new Error(`${String(claim.item?.length)} lines`)
  return JSON.stringify(keepOneOrder(built.value.bundle, claim))
}
