/**
 * Precert's intermediary before the sandbox payer, over HTTP and with real tokens, as the public PAS test kit would see either
 * of them: every message between the two is kept.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Bundle, FhirResource } from 'fhir/r4'
import { buildPayer } from '../../../sandbox/payer/build-payer.ts'
import { PAS_PATH } from '../../../sandbox/payer/pas-version.ts'
import { createRecorder, type RecordedMessage } from '../../../sandbox/recorder.ts'
import type { PasVersion } from '../../../src/domain/pas/pas-response.ts'
import { FAST, openIntermediary, type Before, type PayerBehind, type Precert } from '../intermediary-fixture.ts'

const QUESTIONNAIRE_DIR = join(import.meta.dirname, '../../../questionnaires/cs-infusion')
/** Nothing is decided by time: a test decides. */
const NEVER_MS = 3_600_000
/** A busy machine answers late; nothing here tests how late. */
const PATIENT = { ...FAST, answerWithinMs: 60_000, payerLegMs: 50_000, listenMs: 70_000, sentAfterMs: 30_000 }

/** A call to the payer, or of the payer, with its answer. */
export interface Exchange {
  readonly url: string
  readonly status: number
  readonly request: string
  readonly response: string
}

export interface Stage {
  readonly precert: Before
  readonly version: PasVersion
  readonly payerUrl: string
  /** Calls whose address ends so, in their order. */
  exchanges(path: RegExp): Exchange[]
  /** Everything that went one way. */
  sent(path: RegExp): string[]
  control<T>(path: string, body?: object): Promise<T>
  /** A person at the payer decides on a request. */
  decide(claimIdentifier: string, ruling: 'approve' | 'deny'): Promise<void>
  close(): Promise<void>
}

async function freeUrl(): Promise<string> {
  const probe = Fastify()
  const url = await probe.listen({ host: '127.0.0.1', port: 0 })
  await probe.close()
  return url
}

/** Opens both; `version` is the one that the payer speaks. */
export async function openStage(version: PasVersion): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'inferno-'))
  const recorder = createRecorder()
  const kept: RecordedMessage[] = []
  const payerUrl = await freeUrl()
  const openPayer = async ({ baseUrl, jwksUrl }: Precert): Promise<PayerBehind> => {
    const payer = buildPayer({
      id: 'caresource-oh',
      name: 'CareSource Ohio',
      dialect: '2.2',
      deduplicates: true,
      baseUrl: payerUrl,
      receiverId: 'CSOH',
      phone: '800-555-0100',
      client: { clientId: 'precert', baseUrl, jwksUrl, senderIds: ['PRECERT01'] },
      journalFile: join(directory, 'journal.jsonl'),
      questionnaireDir: QUESTIONNAIRE_DIR,
      recorder,
      pendMs: NEVER_MS,
      retryDelaysMs: [50, 50],
    })
    await payer.listen({ host: '127.0.0.1', port: Number(new URL(payerUrl).port) })
    return {
      base: payerUrl + PAS_PATH[version],
      version,
      deduplicates: true,
      tokenUrl: `${payerUrl}/oauth/token`,
      close: () => payer.close(),
    }
  }
  const precert = await openIntermediary(PATIENT, openPayer)
  const messages = (): readonly RecordedMessage[] => {
    kept.push(...recorder.drain())
    return kept
  }
  const control = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${payerUrl}/sandbox/api/${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  return {
    precert,
    version,
    payerUrl,
    control,
    exchanges: (path) =>
      messages().flatMap((message, index, all) => {
        const next = all[index + 1]
        const isCall = message.direction === 'request' && path.test(message.url) && message.method === 'POST'
        return isCall && next?.direction === 'response' && next.url === message.url
          ? [{ url: message.url, status: next.status ?? 0, request: message.body, response: next.body }]
          : []
      }),
    sent: (path) =>
      messages().flatMap(({ direction, url, body }) => (direction === 'request' && path.test(url) ? [body] : [])),
    async decide(claimIdentifier, ruling) {
      await control('decide', { claimIdentifier, ruling })
    },
    async close() {
      await precert.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A message as JSON. */
export const parsed = (text: string): Bundle<FhirResource> => JSON.parse(text) as Bundle<FhirResource>
