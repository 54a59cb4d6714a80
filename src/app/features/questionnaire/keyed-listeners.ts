/** Listeners by key: a change calls those of its own key and no others, however many there are. */
export interface KeyedListeners {
  add(key: string, listener: () => void): () => void
  keys(): Iterable<string>
  call(key: string): void
}

export function createKeyedListeners(): KeyedListeners {
  const byKey = new Map<string, Set<() => void>>()
  return {
    add(key, listener) {
      const own = byKey.get(key) ?? new Set()
      byKey.set(key, own.add(listener))
      return () => {
        own.delete(listener)
        if (own.size === 0 && byKey.get(key) === own) byKey.delete(key)
      }
    },
    keys: () => byKey.keys(),
    call(key) {
      for (const listener of byKey.get(key) ?? []) listener()
    },
  }
}
