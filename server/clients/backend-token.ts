/**
 * SMART Backend Services: client_credentials with private_key_jwt, cached per payer and scopes until 30 s before it ends
 * (crd.md §4.4). One request at a time for each: callers that come together wait for the same answer.
 */
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import { addDuration, millisecondsBetween } from '#domain/time.ts'
import type { PayerConfig } from '../config.ts'
import { exchangeHttp, parseJsonBody } from './http-exchange.ts'

const TIMEOUT_MS = 5_000
const RENEW_BEFORE_SECONDS = 30
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export type BackendTokenFailure = Failure<'token-timeout' | 'token-unreachable' | 'token-refused' | 'token-nonsense'>

export interface BackendTokenDeps {
  readonly fetch: typeof fetch
  readonly now: () => string
  /** A signed client assertion: iss = sub = clientId, aud = the token URL, at most five minutes. */
  readonly signAssertion: (clientId: string, audience: string) => Promise<string>
}

export interface BackendTokens {
  /** An access token for a payer with its configured scopes, or with `scopes`. */
  get(payer: PayerConfig, scopes?: readonly string[]): Promise<Result<string, BackendTokenFailure>>
  /** Forgets a token that was answered with 401. */
  forget(payer: PayerConfig): void
}

interface Held {
  readonly token: string
  readonly renewAt: string
}

function readTokenAnswer(body: unknown, now: string): Held | undefined {
  const answer = body as { access_token?: unknown; token_type?: unknown; expires_in?: unknown } | null | undefined
  const token = answer?.access_token
  const life = answer?.expires_in
  if (typeof token !== 'string' || token === '' || !/^bearer$/i.test(String(answer?.token_type))) return undefined
  const seconds = typeof life === 'number' && life > RENEW_BEFORE_SECONDS ? life - RENEW_BEFORE_SECONDS : 0
  return { token, renewAt: addDuration(now, { seconds: Math.floor(seconds) }) }
}

/** Builds the cache of backend tokens. */
export function createBackendTokens(deps: BackendTokenDeps): BackendTokens {
  const held = new Map<string, Held>()
  const asking = new Map<string, Promise<Result<string, BackendTokenFailure>>>()

  const ask = async (payer: PayerConfig, scope: string, key: string): Promise<Result<string, BackendTokenFailure>> => {
    const { tokenUrl, clientId } = payer.auth
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await deps.signAssertion(clientId, tokenUrl),
    })
    const init = {
      method: 'POST',
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    }
    const sent = await exchangeHttp(deps.fetch, tokenUrl, init, TIMEOUT_MS)
    if (!sent.ok) return err({ reason: sent.error.reason === 'timeout' ? 'token-timeout' : 'token-unreachable' })
    if (sent.value.status !== 200) return err({ reason: 'token-refused', params: { status: sent.value.status } })
    const answer = readTokenAnswer(parseJsonBody(sent.value.body), deps.now())
    if (answer === undefined) return err({ reason: 'token-nonsense' })
    held.set(key, answer)
    return ok(answer.token)
  }

  return {
    get(payer, scopes = payer.auth.scopes) {
      const scope = scopes.join(' ')
      const key = `${payer.id} ${scope}`
      const known = held.get(key)
      if (known !== undefined && millisecondsBetween(deps.now(), known.renewAt) > 0)
        return Promise.resolve(ok(known.token))
      const running = asking.get(key) ?? ask(payer, scope, key).finally(() => asking.delete(key))
      asking.set(key, running)
      return running
    },
    forget(payer) {
      for (const key of held.keys()) if (key.startsWith(`${payer.id} `)) held.delete(key)
    },
  }
}
