/**
 * What the EHR sends the browser back with. Pure.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
import type { Failure, Result } from '../result.ts'
import { err, ok } from '../result.ts'

export interface CallbackParameters {
  readonly state: string
  readonly code: string
}

export type CallbackFailure = Failure<'callback-incomplete' | 'access-denied' | 'ehr-refused'>

const LONGEST_VALUE = 8_192

/**
 * Reads the callback's query. An error from the EHR is `access-denied` (the person or a rule said no) or `ehr-refused`, with
 * its code for the support; its free text goes nowhere. No value of a callback ever chooses where the browser goes next.
 */
export function parseCallback(query: Readonly<Record<string, unknown>>): Result<CallbackParameters, CallbackFailure> {
  const { state, code, error } = query
  if (error !== undefined) {
    const known = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'unknown'
    return err({ reason: known === 'access_denied' ? 'access-denied' : 'ehr-refused', params: { code: known } })
  }
  if (!isUsable(state) || !isUsable(code)) return err({ reason: 'callback-incomplete' })
  return ok({ state, code })
}

function isUsable(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_VALUE
}
