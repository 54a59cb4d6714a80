import type { Failure, Result } from '#domain/result.ts'
import { err, ok } from '#domain/result.ts'
import type { SmartConfiguration } from '#domain/smart/smart-configuration.ts'
import type { TenantConfig } from '../config.ts'
import { ASSERTION_TYPE, buildClientAssertion } from './client-assertion.ts'
import type { FetchFailure } from './fetch-json.ts'
import { fetchJson } from './fetch-json.ts'
import type { SmartDeps } from './smart-deps.ts'

export type TokenRequestFailure = FetchFailure | Failure<'grant-refused' | 'client-refused'>

export type RequestToken = (
  tenant: TenantConfig,
  configuration: SmartConfiguration,
  grant: Readonly<Record<string, string>>,
) => Promise<Result<unknown, TokenRequestFailure>>

/**
 * Asks an EHR's token endpoint, authenticated by a client assertion (so without `client_id`). `grant-refused`: the code or
 * refresh token is not good (any more); `client-refused`: the EHR does not accept us, an administrator's matter.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function createTokenRequester({ keys, fetch, now, newId }: SmartDeps): RequestToken {
  return async (tenant, { tokenEndpoint, assertionAlgorithm }, grant) => {
    const assertion = await buildClientAssertion({
      keys,
      algorithm: assertionAlgorithm,
      clientId: tenant.clientId,
      tokenEndpoint,
      jti: newId(),
      now: now(),
    })
    const answer = await fetchJson(fetch, tokenEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...grant,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: assertion,
      }).toString(),
    })
    if (!answer.ok) return answer
    const { status, body } = answer.value
    if (status === 200) return ok(body)
    if (status >= 500) return err({ reason: 'ehr-unavailable', params: { status } })
    const code = errorCode(body)
    const refused = code === 'invalid_grant' ? 'grant-refused' : 'client-refused'
    return err({ reason: refused, params: { status, code } })
  }
}

/** The OAuth error code where it is one: free text of a partner goes nowhere. */
function errorCode(body: unknown): string {
  const code = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : 'unknown'
}
