import type { ItemView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import type { CaseKey } from '../../api/queries.ts'

export type Shown = 'needs' | 'all'

/** What every level of the body needs and none changes. */
export interface BodyContext {
  readonly caseKey: CaseKey
  /** Keys to draw, or null for all. */
  readonly only: ReadonlySet<ItemKey> | null
  /** Keys of the first screen: all else is drawn behind it. */
  readonly early: ReadonlySet<ItemKey>
  readonly wide: boolean
  readonly frozen: boolean
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
    (context.only === null || context.only.has(item.key))
  )
}
