/** What our client does in the public PAS test kit's client suites, before the sandbox payer: played once, then judged. */
import { randomUUID } from 'node:crypto'
import type { Bundle, FhirResource, OperationOutcome, Subscription } from 'fhir/r4'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { asksAbout, claimIn, ownedBy, requestOfKind, updateChain } from '../client-requests.ts'
import { TENANT, type Heard } from '../intermediary-fixture.ts'
import { REQUEST_KINDS } from '../request-kinds.ts'
import { openStage, parsed, type Stage } from './stage.ts'

export type Message = Bundle<FhirResource>
export const STEPS = ['initial', 'add_item', 'modify_cancel', 'cancel_all'] as const
export type Step = (typeof STEPS)[number]
export const EVERYTHING = 'everything of a chart'
const ONE_LINE = 'home care'
const LONG_MS = 120_000

/** A request as it reached the payer, the payer's answer, and what the case heard of it. */
export interface Sent {
  readonly caseId: string
  readonly request: Message
  readonly status: number
  readonly answer: Message | OperationOutcome
  readonly heard: Heard
}

export interface Asked {
  readonly request: Message
  readonly status: number
  /** Parameters in 2.2.1, a Bundle in 2.0.1. */
  readonly answer: unknown
}

export interface ClientPlay {
  readonly stage: Stage
  readonly version: PasVersion
  readonly subscriptions: readonly Subscription[]
  readonly approval: Sent
  readonly denial: Sent
  readonly pended: Sent
  /** The notification of the pended request's decision, and what the case heard in the end. */
  readonly event: { readonly body: Message; readonly status: number | null; readonly final: Heard }
  readonly pendedInquiries: readonly Asked[]
  readonly updates: Readonly<Record<Step, Sent>>
  readonly modification: Sent
  readonly failure: Sent
  readonly error: Sent
  /** Every update that reached the payer, of every kind of request. */
  readonly gathered: readonly Sent[]
  readonly inquired: readonly Asked[]
  /** The answer with everything in it, to a request with everything in it, and to an inquiry about that. */
  readonly showcase: Sent
  readonly shownByInquiry: Asked
}

interface Summary {
  readonly deliveries: readonly { readonly status: number | null; readonly eventNumber: number }[]
  readonly subscriptions: readonly { readonly status: string }[]
}
export const summaryOf = (stage: Stage): Promise<Summary> => stage.control<Summary>('requests')

const claimNumber = (bundle: Message): string => claimIn(bundle).identifier?.[0]?.value ?? ''

/** Sends a request of a case as the app does, and waits until the case has heard of it. */
async function send(stage: Stage, caseId: string, bundle: Message): Promise<Sent> {
  const { precert } = stage
  const before = precert.heard.filter((one) => one.caseId === caseId).length
  await precert.accept(caseId, bundle)
  const heardOf = (): Heard | undefined => precert.heard.filter((one) => one.caseId === caseId)[before]
  await precert.until(() => heardOf() !== undefined, LONG_MS)
  const exchange = stage
    .exchanges(/Claim\/\$submit$/)
    .find(({ request }) => claimNumber(parsed(request)) === claimNumber(bundle))
  const heard = heardOf()
  if (exchange === undefined || heard === undefined) throw new Error('the request did not reach the payer')
  const answer = parsed(exchange.response)
  return { caseId, request: parsed(exchange.request), status: exchange.status, answer, heard }
}

/** Asks the payer about a case as a person does, in each way. */
async function inquire(stage: Stage, caseId: string, request: Message): Promise<Asked[]> {
  const { precert } = stage
  const all: Asked[] = []
  for (const ask of asksAbout(request)) {
    const inquiries = () => stage.exchanges(/Claim\/\$inquire$/)
    const count = inquiries().length
    const told = () => precert.told.filter((one) => one.what === 'inquired' && one.caseId === caseId).length
    const before = told()
    const at = new Date().toISOString()
    await precert.store.transaction((tx) => precert.intermediary.inquire(tx, { tenant: TENANT, caseId, at, ask }))
    await precert.until(() => told() > before, LONG_MS)
    all.push(...inquiries().slice(count).map(asAsked))
  }
  return all
}

const asAsked = ({ request, response, status }: { request: string; response: string; status: number }): Asked => ({
  request: parsed(request),
  status,
  answer: JSON.parse(response) as unknown,
})

const single = (stage: Stage, memberId: string): Promise<Sent> =>
  send(stage, randomUUID(), ownedBy(requestOfKind(ONE_LINE), memberId, randomUUID()))

/** The four submits of a kind, one after the other. */
async function chain(stage: Stage, kind: string, memberId: string) {
  const { initial, added, modified, cancelled } = ownedBy(updateChain(kind), memberId, randomUUID())
  const caseId = randomUUID()
  const first = await send(stage, caseId, initial)
  const inquired = await inquire(stage, caseId, initial)
  const updates = {
    initial: first,
    add_item: await send(stage, caseId, added),
    modify_cancel: await send(stage, caseId, modified),
    cancel_all: await send(stage, caseId, cancelled),
  }
  return { updates, inquired: [...inquired, ...(await inquire(stage, caseId, cancelled))] }
}

async function playPended(stage: Stage) {
  const { precert } = stage
  const pended = await single(stage, 'CSP000009')
  const inquiries = () => stage.exchanges(/Claim\/\$inquire$/)
  const before = inquiries().length
  await stage.decide(claimNumber(pended.request), 'approve')
  const later = (): Heard | undefined => precert.heard.filter(({ caseId }) => caseId === pended.caseId)[1]
  await precert.until(() => later() !== undefined, LONG_MS)
  const events = stage.sent(/\/pas\/notify\//).filter((body) => body.includes('"event-notification"'))
  const { deliveries } = await summaryOf(stage)
  const final = later()
  if (final === undefined) throw new Error('no decision came')
  return {
    pended,
    event: { body: parsed(events.at(-1) ?? 'null'), status: deliveries.at(-1)?.status ?? null, final },
    pendedInquiries: inquiries().slice(before).map(asAsked),
  }
}

async function playShowcase(stage: Stage) {
  const bundle = ownedBy(requestOfKind(EVERYTHING), 'CSE000001', randomUUID())
  const showcase = await send(stage, randomUUID(), bundle)
  const count = stage.exchanges(/Claim\/\$inquire$/).length
  const { precert } = stage
  const { caseId } = showcase
  const at = new Date().toISOString()
  const ask = { by: 'patient', period: null } as const
  await precert.store.transaction((tx) => precert.intermediary.inquire(tx, { tenant: TENANT, caseId, at, ask }))
  await precert.until(() => precert.told.some((one) => one.what === 'inquired' && one.caseId === caseId), LONG_MS)
  const [shownByInquiry] = stage
    .exchanges(/Claim\/\$inquire$/)
    .slice(count)
    .map(asAsked)
  if (shownByInquiry === undefined) throw new Error('the payer was not asked')
  return { showcase, shownByInquiry }
}

/** Plays every group of the suite in turn. */
export async function playClient(version: PasVersion): Promise<ClientPlay> {
  const stage = await openStage(version)
  await stage.precert.until(
    async () => (await summaryOf(stage)).subscriptions.some(({ status }) => status === 'active'),
    LONG_MS,
  )
  const approval = await single(stage, 'CSC000001')
  const denial = await single(stage, 'CSC000003')
  const pending = await playPended(stage)
  const modification = await single(stage, 'CSC000005')
  await stage.control('behavior', { mode: 'refuse-422', services: ['pas'], times: 1 })
  const failure = await single(stage, 'CSC000011')
  const error = await single(stage, 'CSX000001')
  const kinds = Object.keys(REQUEST_KINDS)
  const gathered: Sent[] = []
  const inquired: Asked[] = []
  let updates: ClientPlay['updates'] | undefined
  for (const [index, kind] of kinds.entries()) {
    const played = await chain(stage, kind, `CSC0001${String(index)}1`)
    gathered.push(...STEPS.map((step) => played.updates[step]))
    inquired.push(...played.inquired)
    if (kind === ONE_LINE) updates = played.updates
  }
  if (updates === undefined) throw new Error(`there is no kind ${ONE_LINE}`)
  const everything = await playShowcase(stage)
  const subscriptions = stage.sent(/\/Subscription$/).map((body) => JSON.parse(body) as Subscription)
  const group = { approval, denial, modification, failure, error, updates, gathered, inquired }
  return { stage, version, subscriptions, ...pending, ...group, ...everything }
}
