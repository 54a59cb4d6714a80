/** What every part of one payer works with: its options, its memory, its clock, its way out. */
import { setTimeout as wait } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { recordFetch } from '../recorder.ts'
import { createAccess, coversScope, type Access, type Grant } from './access.ts'
import { putBadCharacters } from './bad-characters.ts'
import { createBehaviorSwitch, type BehaviorSwitch, type FaultMode, type PayerService } from './behavior.ts'
import { refuse, sendRefusal } from './fhir-http.ts'
import { openLedger, type Ledger } from './ledger.ts'
import type { PayerOptions } from './options.ts'
import { PAS_PATH, type PasVersion } from './pas-version.ts'
import { loadQuestionnaire, type PayerQuestionnaire } from './payer-questionnaire.ts'

export interface Payer {
  readonly options: PayerOptions
  readonly access: Access
  readonly ledger: Ledger
  readonly behavior: BehaviorSwitch
  readonly questionnaire: PayerQuestionnaire
  /** FHIR base of the newest versions; that of another PAS version is in its frame. */
  readonly fhirBase: string
  readonly now: () => string
  readonly newId: () => string
  /** Outbound HTTP, recorded. */
  readonly send: typeof fetch
  readonly sleep: (ms: number) => Promise<void>
  readonly isClosing: () => boolean
  readonly frame: (version?: PasVersion) => {
    readonly version: PasVersion
    readonly fhirBase: string
    readonly now: string
    readonly newId: () => string
  }
  /** The caller's grant if it covers the scope; otherwise answers 401 or 403 and gives undefined. */
  readonly requireScope: (authorization: string | undefined, scope: string, reply: FastifyReply) => Grant | undefined
  /** Delays as told, and misbehaves as told; true when the reply is spoken for. */
  readonly meetFault: (service: PayerService, reply: FastifyReply) => Promise<boolean>
  /** Keeps the connection and says nothing, until the caller gives up or the payer stops. */
  readonly keepSilent: (reply: FastifyReply) => void
  readonly close: () => void
}

const SILENCE_LIMIT_MS = 120_000

/** Assembles a payer from its options; nothing listens yet. */
export function createPayer(options: PayerOptions): Payer {
  const now = options.now ?? (() => new Date().toISOString())
  const newId = options.newId ?? randomUUID
  const baseOf = (version: PasVersion): string => options.baseUrl + PAS_PATH[version]
  const closing = new AbortController()
  const behavior = createBehaviorSwitch(options.delayMs ?? 0)
  const ledger = openLedger(options.journalFile)
  const access = createAccess({ client: options.client, tokenUrl: `${options.baseUrl}/oauth/token`, now, newId })
  const sleep = async (ms: number): Promise<void> => {
    if (ms > 0) await wait(ms, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
  }
  const keepSilent = (reply: FastifyReply): void => {
    const { socket } = reply.raw
    reply.hijack()
    void sleep(SILENCE_LIMIT_MS).then(() => socket?.destroy())
  }

  return {
    options,
    access,
    ledger,
    behavior,
    fhirBase: baseOf('2.2.1'),
    now,
    newId,
    sleep,
    keepSilent,
    questionnaire: loadQuestionnaire(options.questionnaireDir),
    send: recordFetch(fetch, { recorder: options.recorder, name: options.id, now }),
    isClosing: () => closing.signal.aborted,
    frame: (version = '2.2.1') => ({ version, fhirBase: baseOf(version), now: now(), newId }),
    requireScope(authorization, scope, reply) {
      const grant = access.readGrant(authorization)
      if (grant === undefined) {
        sendRefusal(reply.header('www-authenticate', 'Bearer'), refuse(401, 'login', 'A valid access token is needed.'))
        return undefined
      }
      if (grant.scopes.some((held) => coversScope(held, scope))) return grant
      sendRefusal(reply, refuse(403, 'forbidden', `The token lacks ${scope}.`))
      return undefined
    },
    async meetFault(service, reply) {
      const { delayMs, mode } = behavior.take(service)
      await sleep(delayMs)
      return answerFault(mode, reply, keepSilent)
    },
    close() {
      closing.abort()
      ledger.close()
    },
  }
}

/** Answers as a broken server would; false where the reply is still to be sent. */
export function answerFault(mode: FaultMode, reply: FastifyReply, keepSilent: (reply: FastifyReply) => void): boolean {
  switch (mode) {
    case 'none':
      return false
    case 'silent':
      keepSilent(reply)
      return true
    case 'drop-after-processing':
      reply.hijack()
      reply.raw.socket?.destroy()
      return true
    case 'error-500':
      void reply.code(500).header('content-type', 'text/plain').send('Internal Server Error')
      return true
    case 'refuse-422':
      sendRefusal(reply, refuse(422, 'processing', 'This payer takes nothing now.'))
      return true
    case 'malformed-json':
      void reply.code(200).header('content-type', 'application/json').send('{"resourceType":"Bundle","entry":[{')
      return true
    case 'nonsense':
      void reply.code(200).header('content-type', 'application/json').send('{"status":"ok"}')
      return true
    case 'bad-characters':
      putBadCharacters(reply)
      return false
  }
}
