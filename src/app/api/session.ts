/**
 * The browser's half of a session. With cookies there is nothing to hold. Where they are blocked, the launch page leaves a
 * one-time code in the URL fragment and a verifier in `window.name`; both are spent once for a bearer that lives in this
 * module's memory and dies with the page. No web storage: it throws in a frame with cookies blocked.
 */
import type { z } from 'zod'
import type { redeemResponseSchema } from '#domain/contract/launch.ts'

type Redeemed = z.infer<typeof redeemResponseSchema>

let bearer: string | null = null
let ended = false
const listeners = new Set<() => void>()

/** The header that stands for the session where no cookie can. */
export function sessionHeaders(): Readonly<Record<string, string>> {
  return bearer === null ? {} : { authorization: `Bearer ${bearer}` }
}

/** Says that the server knows this session no longer: the whole app gives way to the page that asks for a new launch. */
export function endSession(): void {
  ended = true
  bearer = null
  for (const listener of listeners) listener()
}

export const sessionEnd = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  read: (): boolean => ended,
}

/** Begins again; for tests. */
export function resetSession(): void {
  bearer = null
  ended = false
}

/**
 * Spends the one-time code of the address, if there is one, and removes it and the verifier before anything else can read
 * them. Gives false when there was a code and it was refused.
 */
export async function redeemLaunchCode(win: Window & typeof globalThis = window): Promise<boolean> {
  const code = new URLSearchParams(win.location.hash.slice(1)).get('code')
  if (code === null) return true
  const verifier = win.name
  win.history.replaceState(null, '', win.location.pathname + win.location.search)
  win.name = ''
  const response = await fetch('/api/session/redeem', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-precert': '1' },
    body: JSON.stringify({ code, verifier }),
  })
  if (!response.ok) {
    endSession()
    return false
  }
  bearer = ((await response.json()) as Redeemed).bearer
  return true
}
