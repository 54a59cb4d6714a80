/** A bounded map whose entries end: oldest first when full. Time is passed in. */
import { addDuration, millisecondsBetween } from '#domain/time.ts'

export interface ExpiringMap<V> {
  get(key: string, now: string): V | undefined
  set(key: string, value: V, now: string): void
  delete(key: string): void
}

export function createExpiringMap<V>(lifeSeconds: number, limit: number): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly until: string }>()
  return {
    get(key, now) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (millisecondsBetween(now, entry.until) > 0) return entry.value
      entries.delete(key)
      return undefined
    },
    set(key, value, now) {
      entries.delete(key)
      entries.set(key, { value, until: addDuration(now, { seconds: lifeSeconds }) })
      const [oldest] = entries.keys()
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest)
    },
    delete(key) {
      entries.delete(key)
    },
  }
}
