/**
 * Tells open pages that a case changed. The word travels by the database's notifications, so that it is heard whichever
 * node wrote; a page that misses one asks again (polling in the app).
 */
import type { Store } from '../store/store.ts'
import type { Tx } from '../store/tx.ts'

const CHANNEL = 'precert_case'

export interface CaseChanged {
  readonly tenant: string
  readonly caseId: string
  readonly version: number
}

export interface LiveCases {
  /** Listens to one case; gives the way to stop. */
  listen(tenant: string, caseId: string, onChange: (changed: CaseChanged) => void): () => void
  /** Tells everyone once the transaction commits. */
  announce(tx: Tx, changed: CaseChanged): Promise<void>
  stop(): Promise<void>
}

/** Opens the one database listener of this process. */
export async function createLiveCases(store: Store): Promise<LiveCases> {
  const listeners = new Map<string, Set<(changed: CaseChanged) => void>>()
  const keyOf = (tenant: string, caseId: string): string => `${tenant}/${caseId}`
  const stop = await store.listen(CHANNEL, (payload) => {
    const changed = JSON.parse(payload) as CaseChanged
    for (const listener of listeners.get(keyOf(changed.tenant, changed.caseId)) ?? []) listener(changed)
  })
  return {
    listen(tenant, caseId, onChange) {
      const key = keyOf(tenant, caseId)
      const set = listeners.get(key) ?? new Set()
      listeners.set(key, set.add(onChange))
      return () => {
        set.delete(onChange)
        if (set.size === 0) listeners.delete(key)
      }
    },
    announce: (tx, changed) => store.notify(tx, CHANNEL, JSON.stringify(changed)),
    stop,
  }
}
