/** Which question is being looked at: it carries the focus mark, its evidence is shown, and the shortcuts act on it. */
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { createKeyedListeners } from './keyed-listeners.ts'

export interface ActiveItem {
  readonly key: ItemKey | null
  /** Which of its sources is shown. */
  readonly evidenceIndex: number
  /** Whether its evidence was asked for: where there is no pane, it opens under the answer then, and not before. */
  readonly evidenceOpen: boolean
}

export interface ActiveItemStore {
  read(): ActiveItem
  subscribe(listener: () => void): () => void
  subscribeItem(key: ItemKey, listener: () => void): () => void
  activate(key: ItemKey): void
  /** Shows a source; asked for the one that is open, closes it. */
  openEvidence(key: ItemKey, index: number): void
}

/** A store, since a form of a thousand questions must not be drawn again for the two whose mark changes. */
export function createActiveItem(first: ItemKey | null): ActiveItemStore {
  let active: ActiveItem = { key: first, evidenceIndex: 0, evidenceOpen: false }
  const listeners = new Set<() => void>()
  const byItem = createKeyedListeners()
  const set = (next: ActiveItem): void => {
    const before = active
    active = next
    for (const key of new Set([before.key, next.key])) if (key !== null) byItem.call(key)
    for (const listener of listeners) listener()
  }
  return {
    read: () => active,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    subscribeItem: byItem.add,
    activate(key) {
      if (key !== active.key) set({ key, evidenceIndex: 0, evidenceOpen: false })
    },
    openEvidence(key, index) {
      const isOpen = active.evidenceOpen && active.key === key && active.evidenceIndex === index
      set({ key, evidenceIndex: index, evidenceOpen: !isOpen })
    },
  }
}

const Context = createContext<ActiveItemStore>(createActiveItem(null))

export const ActiveItemProvider = Context.Provider

export function useActiveItemStore(): ActiveItemStore {
  return useContext(Context)
}

export function useActiveItem(): ActiveItem {
  const { subscribe, read } = useActiveItemStore()
  return useSyncExternalStore(subscribe, read)
}

/** What one question has to know: whether it is the one, and whether its evidence was asked for. */
export type Activity = 'none' | 'active' | 'evidence'

export function useActivity(key: ItemKey): Activity {
  const store = useActiveItemStore()
  const subscribe = useCallback((listener: () => void) => store.subscribeItem(key, listener), [store, key])
  return useSyncExternalStore(subscribe, () => {
    const active = store.read()
    if (active.key !== key) return 'none'
    return active.evidenceOpen ? 'evidence' : 'active'
  })
}

export const itemDomId = (key: ItemKey): string => `item-${key}`

const CONTROLS = 'button[data-confirm], input, select, textarea'

/** Brings a question into view and puts the focus on what has to be done there; false where it is not drawn. */
export function focusItem(key: ItemKey): boolean {
  const element = document.getElementById(itemDomId(key))
  if (element === null) return false
  for (
    let folded = element.closest('details');
    folded !== null;
    folded = folded.parentElement?.closest('details') ?? null
  )
    folded.open = true
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  const confirm = element.querySelector<HTMLElement>('button[data-confirm]')
  const checked = element.querySelector<HTMLElement>('input:checked')
  const target = confirm ?? checked ?? element.querySelector<HTMLElement>(CONTROLS) ?? element
  target.focus({ preventScroll: true })
  element.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' })
  return true
}
