/**
 * Secrets that work once and not for long: launch codes and authorization codes. A second use is told apart from an unknown
 * secret, since it is a sign of theft (RFC 6749 §4.1.2).
 */
export type Taken<T> =
  { readonly state: 'fresh'; readonly value: T } | { readonly state: 'used' | 'unknown' | 'expired' }

export interface OneTimeStore<T> {
  issue(value: T): string
  take(secret: string): Taken<T>
}

export function createOneTimeStore<T>(options: {
  readonly lifeMs: number
  readonly nowMs: () => number
  readonly newSecret: () => string
}): OneTimeStore<T> {
  const open = new Map<string, { readonly value: T; readonly expiresAt: number }>()
  const used = new Set<string>()
  return {
    issue(value) {
      const secret = options.newSecret()
      open.set(secret, { value, expiresAt: options.nowMs() + options.lifeMs })
      return secret
    },
    take(secret) {
      if (used.has(secret)) return { state: 'used' }
      const found = open.get(secret)
      if (found === undefined) return { state: 'unknown' }
      open.delete(secret)
      used.add(secret)
      return found.expiresAt < options.nowMs() ? { state: 'expired' } : { state: 'fresh', value: found.value }
    },
  }
}
