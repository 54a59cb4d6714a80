/** Which questions are looked for in the chart now: an answer brought them in, and the browser has no chart. */
import { createContext, useContext, useSyncExternalStore } from 'react'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { createValue, type ValueStore } from './value-store.ts'

const Context = createContext<ValueStore<readonly ItemKey[]>>(createValue<readonly ItemKey[]>([]))

export const LookingUpProvider = Context.Provider

/** Draws again only when this question begins or ends to be looked up. */
export function useIsLookedUp(key: ItemKey): boolean {
  const store = useContext(Context)
  return useSyncExternalStore(store.subscribe, () => store.read().includes(key))
}
