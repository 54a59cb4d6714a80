/**
 * What another system sees of our PAS server in the public PAS test kit's server suites: played once, then judged. Behind it
 * stands the sandbox payer in the same version.
 */
import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, OperationOutcome, Subscription } from 'fhir/r4'
import { EXT } from '../../../src/domain/fhir/canonical.ts'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { downcastRequest } from '../../../src/domain/pas/request-codec.ts'
import { claimIn, inquiriesAbout, ownedBy, requestOfKind, updateChain } from '../client-requests.ts'
import { REQUEST_KINDS } from '../request-kinds.ts'
import { vendorSubscription, type Notified } from '../vendor-receiver.ts'
import { EVERYTHING, STEPS, summaryOf, type Step } from './client-play.ts'
import { openStage, parsed, type Stage } from './stage.ts'

type Message = Bundle<FhirResource>
const LONG_MS = 120_000
const ONE_LINE = 'home care'

/** A call of the other system. */
export interface Call<T = Message> {
  readonly request: Message
  readonly status: number
  readonly answer: T
  readonly ms: number
}

export interface ServerPlay {
  readonly stage: Stage
  readonly version: PasVersion
  readonly asked: Subscription
  readonly created: Call<Subscription>
  readonly handshakes: readonly Notified[]
  readonly approval: Call
  readonly denial: Call
  readonly pended: Call
  readonly events: readonly Notified[]
  /** About the pended request, once it is decided. */
  readonly pendedInquiry: Call<unknown>
  readonly updates: Readonly<Record<Step, Call>>
  /** The four submits of every kind. */
  readonly gathered: readonly Call[]
  readonly inquired: readonly Call<unknown>[]
  /** What the payer got of them all. */
  readonly passedOn: readonly Message[]
  readonly showcase: Call
  readonly shownByInquiry: Call<unknown>
  readonly errors: Readonly<Record<'submit' | 'inquire', Call<OperationOutcome>>>
}

/** Plays every group of the suite in turn. */
export async function playServer(version: PasVersion): Promise<ServerPlay> {
  const stage = await openStage(version)
  const { precert } = stage
  // A payer tells nobody whose Subscription is not active yet.
  await precert.until(
    async () => (await summaryOf(stage)).subscriptions.some(({ status }) => status === 'active'),
    LONG_MS,
  )
  const path = version === '2.2.1' ? '2.2' : '2.0'
  const scope = 'system/Claim.c system/Claim.r system/Subscription.cruds'
  const token = await precert.token(scope, undefined, path)
  const headers = { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` }
  const base = `${precert.baseUrl}/pas/${path}/fhir`
  const inWords = (bundle: Message): Message => (version === '2.2.1' ? bundle : downcastRequest(bundle).resource)

  const post = async <T>(to: string, body: unknown): Promise<Call<T>> => {
    const from = performance.now()
    const sent = await fetch(`${base}/${to}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const answer = (await sent.json()) as T
    return { request: body as Message, status: sent.status, answer, ms: performance.now() - from }
  }
  const submit = (bundle: Message): Promise<Call> => post<Message>('Claim/$submit', inWords(bundle))
  const inquire = (bundle: Message): Promise<Call<unknown>> => post<unknown>('Claim/$inquire', inWords(bundle))
  const single = (memberId: string): Message => ownedBy(requestOfKind(ONE_LINE), memberId, randomUUID())
  const inquiryAbout = (bundle: Message, at: number): Message => {
    const inquiry = inquiriesAbout(bundle)[at]
    if (inquiry === undefined) throw new Error('there is no such inquiry')
    return { ...inquiry, identifier: { system: 'https://vendor.example/inquiry', value: randomUUID() } }
  }

  const idOnly = { extension: [{ url: EXT.backportPayloadContent, valueCode: 'id-only' }] }
  const asked = vendorSubscription(precert.vendor, {}, version === '2.2.1' ? {} : { _payload: idOnly })
  const created = await post<Subscription>('Subscription', asked)
  const id = String(created.answer.id)
  const isActive = async (): Promise<boolean> => {
    const read = await fetch(`${base}/Subscription/${id}`, { headers })
    return ((await read.json()) as Subscription).status === 'active'
  }
  await precert.until(isActive, LONG_MS)
  const handshakes = [...precert.vendor.of(id, 'handshake')]

  const approval = await submit(single('CSC000001'))
  const denial = await submit(single('CSC000003'))
  const pending = single('CSP000009')
  const pended = await submit(pending)
  await stage.decide(claimIn(pending).identifier?.[0]?.value ?? '', 'approve')
  await precert.until(() => precert.vendor.of(id, 'event-notification').length > 0, LONG_MS)
  const events = [...precert.vendor.of(id, 'event-notification')]
  const pendedInquiry = await inquire(inquiryAbout(pending, 2))

  const gathered: Call[] = []
  const inquired: Call<unknown>[] = []
  let updates: ServerPlay['updates'] | undefined
  for (const [index, kind] of Object.keys(REQUEST_KINDS).entries()) {
    const { initial, added, modified, cancelled } = ownedBy(updateChain(kind), `CSC0001${String(index)}1`, randomUUID())
    const all = {
      initial: await submit(initial),
      add_item: await submit(added),
      modify_cancel: await submit(modified),
      cancel_all: await submit(cancelled),
    }
    gathered.push(...STEPS.map((step) => all[step]))
    if (kind === ONE_LINE) updates = all
    for (const at of [0, 1, 2])
      inquired.push(await inquire(inquiryAbout(initial, at)), await inquire(inquiryAbout(cancelled, at)))
  }
  if (updates === undefined) throw new Error(`there is no kind ${ONE_LINE}`)

  const everything = ownedBy(requestOfKind(EVERYTHING), 'CSE000001', randomUUID())
  const showcase = await submit(everything)
  const shownByInquiry = await inquire(inquiryAbout(everything, 2))
  const nothing = { resourceType: 'Bundle', type: 'collection', entry: [] }
  return {
    ...{ stage, version, asked, created, handshakes, approval, denial, pended, events, pendedInquiry },
    ...{ updates, gathered, inquired, showcase, shownByInquiry },
    passedOn: stage.sent(/Claim\/\$submit$/).map(parsed),
    errors: {
      submit: await post<OperationOutcome>('Claim/$submit', nothing),
      inquire: await post<OperationOutcome>('Claim/$inquire', nothing),
    },
  }
}
