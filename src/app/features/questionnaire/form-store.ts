/**
 * The open form in the browser: one immutable `FormState` of the engine, and subscriptions by item, so that an edit draws
 * again only what it changed. Every change passes through `edit`, which knows who edits and when.
 */
import { createContext, useCallback, useContext, useRef, useSyncExternalStore } from 'react'
import type { Edit, FormState, ItemView } from '#domain/dtr/form/form-state.ts'
import { readItem } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { createKeyedListeners } from './keyed-listeners.ts'

export interface FormStore {
  read(): FormState
  subscribe(listener: () => void): () => void
  /** Calls when this item is another object than before. */
  subscribeItem(key: ItemKey, listener: () => void): () => void
  /** A change by the person at the screen. */
  edit(change: (state: FormState, edit: Edit) => FormState): void
  /** A change by the engine itself (the evaluator has arrived): nothing a person did. */
  replace(change: (state: FormState) => FormState): void
  /** Counts the person's changes: what has been saved up to which number is the saver's business. */
  revision(): number
}

export function createFormStore(initial: FormState, author: Edit['author'], now: () => string): FormStore {
  let state = initial
  let revision = 0
  const listeners = new Set<() => void>()
  const byItem = createKeyedListeners()
  const set = (next: FormState, byPerson: boolean): void => {
    if (next === state) return
    const before = state
    state = next
    if (byPerson) revision += 1
    for (const key of byItem.keys()) if (before.items.get(key) !== next.items.get(key)) byItem.call(key)
    for (const listener of listeners) listener()
  }
  return {
    read: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    subscribeItem: byItem.add,
    edit(change) {
      set(change(state, { at: now(), author }), true)
    },
    replace(change) {
      set(change(state), false)
    },
    revision: () => revision,
  }
}

const StoreContext = createContext<FormStore | null>(null)

export const FormStoreProvider = StoreContext.Provider

export function useFormStore(): FormStore {
  const store = useContext(StoreContext)
  if (store === null) throw new Error('No open form around this component')
  return store
}

/** One item; draws again only when something about it changed. */
export function useItem(key: ItemKey): ItemView | undefined {
  const store = useFormStore()
  const subscribe = useCallback((listener: () => void) => store.subscribeItem(key, listener), [store, key])
  return useSyncExternalStore(subscribe, () => readItem(store.read(), key))
}

/**
 * Something read from the whole form, figures and lists; draws again only when it is another by `same`. `select` must keep
 * its identity.
 */
export function useFormValue<T>(
  select: (state: FormState) => T,
  same: (before: T, after: T) => boolean = Object.is,
): T {
  const store = useFormStore()
  const last = useRef<{ state: FormState; select: typeof select; value: T } | null>(null)
  return useSyncExternalStore(store.subscribe, () => {
    const state = store.read()
    const before = last.current
    if (before?.state === state && before.select === select) return before.value
    const next = select(state)
    const value = before !== null && same(before.value, next) ? before.value : next
    last.current = { state, select, value }
    return value
  })
}
