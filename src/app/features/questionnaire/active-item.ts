/** Which question is being looked at: it carries the focus mark, its evidence is shown, and the shortcuts act on it. */
import { createContext, useContext } from 'react'
import type { ItemKey } from '#domain/dtr/item-key.ts'

export interface ActiveItem {
  readonly key: ItemKey | null
  /** Which of its sources is shown. */
  readonly evidenceIndex: number
  /** Whether its evidence was asked for: where there is no pane, it opens under the answer then, and not before. */
  readonly evidenceOpen: boolean
  readonly activate: (key: ItemKey) => void
  /** Shows a source; asked for the one that is open, closes it. */
  readonly openEvidence: (key: ItemKey, index: number) => void
}

const Context = createContext<ActiveItem>({
  key: null,
  evidenceIndex: 0,
  evidenceOpen: false,
  activate: () => undefined,
  openEvidence: () => undefined,
})

export const ActiveItemProvider = Context.Provider

export function useActiveItemContext(): ActiveItem {
  return useContext(Context)
}

export const itemDomId = (key: ItemKey): string => `item-${key}`

const CONTROLS = 'button[data-confirm], input, select, textarea'

/** Brings a question into view and puts the focus on what has to be done there. */
export function focusItem(key: ItemKey): void {
  const element = document.getElementById(itemDomId(key))
  if (element === null) return
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches
  const confirm = element.querySelector<HTMLElement>('button[data-confirm]')
  const checked = element.querySelector<HTMLElement>('input:checked')
  const target = confirm ?? checked ?? element.querySelector<HTMLElement>(CONTROLS) ?? element
  target.focus({ preventScroll: true })
  element.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' })
}
