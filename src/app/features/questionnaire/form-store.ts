/**
 * The open form in the browser: one immutable `FormState` of the engine, and subscriptions by item, so that an edit draws
 * again only what it changed. Every change passes through `edit`, which knows who edits and when.
 */
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { Edit, FormState, ItemView } from '#domain/dtr/form-state.ts'
import { readItem } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'

export interface FormStore {
  read(): FormState
  subscribe(listener: () => void): () => void
  /** A change by the person at the screen. */
  edit(change: (state: FormState, edit: Edit) => FormState): void
  /** A change by the engine itself (the evaluator has arrived): nothing a person did. */
  replace(change: (state: FormState) => FormState): void
  /** Counts the person's changes: what has been saved up to which number is the saver's business. */
  revision(): number
}

export function createFormStore(initial: FormState, authorName: string, now: () => string): FormStore {
  let state = initial
  let revision = 0
  const listeners = new Set<() => void>()
  const set = (next: FormState, byPerson: boolean): void => {
    if (next === state) return
    state = next
    if (byPerson) revision += 1
    for (const listener of listeners) listener()
  }
  return {
    read: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    edit(change) {
      set(change(state, { at: now(), author: { reference: null, name: authorName } }), true)
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
  return useSyncExternalStore(store.subscribe, () => readItem(store.read(), key))
}

/** The whole form: for figures and lists, not for single questions. */
export function useFormState(): FormState {
  const store = useFormStore()
  return useSyncExternalStore(store.subscribe, store.read)
}
