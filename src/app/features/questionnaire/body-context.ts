import type { ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { isShownFor, type Usage } from '#domain/dtr/item/usage-mode.ts'
import { isFixed } from '#domain/dtr/form/locks.ts'
import type { CaseKey } from '../../api/queries.ts'

/** Questions that need a person, all of them, or the answers to be read through. */
export type Shown = 'needs' | 'all' | 'review'

/** What every level of the body needs and none changes. */
export interface BodyContext {
  readonly caseKey: CaseKey
  /** Keys to draw, or null for all. */
  readonly only: ReadonlySet<ItemKey> | null
  /** Keys of the first screen: all else is drawn behind it. */
  readonly early: ReadonlySet<ItemKey>
  readonly wide: boolean
  /** Whether nothing can be answered: the form is finished, or asks for somebody else. */
  readonly frozen: boolean
  /** Whether answers are given here, or only displayed. */
  readonly usage: Usage
}

export interface ItemProps {
  readonly itemKey: ItemKey
  readonly context: BodyContext
}

/** A disabled item is not there, unless the form wants it seen (R5 disabledDisplay `protected`). */
export function isDrawn(item: ItemView | undefined, context: BodyContext): item is ItemView {
  return (
    item !== undefined &&
    (item.enabled || item.facts.disabledDisplay === 'protected') &&
    !item.hidden &&
    isShownFor(context.usage, item) &&
    (context.only === null || context.only.has(item.key))
  )
}

/** Whether a question shows its answer and takes none. */
export const takesNone = (item: ItemView, context: Pick<BodyContext, 'frozen'>): boolean =>
  context.frozen || isFixed(item)
