/**
 * What population knows of the groups that an expression expands, during one run: which are done, which still wait for their
 * results, and which answers stood in them before the run began. What the run itself fills in (a form's initial value, a
 * computed answer) never makes a group an answered one, nor what the payer did, which gives way to the chart (DTR 2.2
 * spec-73).
 */
import type { FormDraft } from '../form/form-draft.ts'
import type { FormState, ItemView } from '../form/form-state.ts'
import { EMPTY_META } from '../form/open-form.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { isBelow, placeOf, type ItemKey } from '../item/item-key.ts'

export class GroupExpansion {
  /** First repetitions of groups whose expression has given what it gives. */
  readonly done = new Set<ItemKey>()
  private readonly waiting = new Set<ItemKey>()
  private readonly stood: readonly ItemKey[]

  /** `opened` is the form as it was opened, before anything was populated. */
  constructor(opened: FormState) {
    this.stood = [...opened.items.values()].filter((item) => isStanding(opened, item)).map(({ key }) => key)
  }

  wait(key: ItemKey): void {
    this.waiting.add(key)
  }

  settle(key: ItemKey): void {
    this.waiting.delete(key)
    this.done.add(key)
  }

  /** Whether an item lies in a group whose repetitions are still to come: what it holds now may not be its own. */
  isWaiting(key: ItemKey): boolean {
    for (const group of this.waiting) if (isBelow(key, group)) return true
    return false
  }

  /** Whether answers stood in one of these repetitions before. */
  isAnswered(draft: FormDraft, rows: readonly ItemKey[]): boolean {
    return this.stood.some(
      (key) => draft.item(key)?.enabled === true && rows.some((row) => key === row || isBelow(key, row)),
    )
  }
}

/** An answer that is there, that nothing computes anew and that gives way to nothing. */
function isStanding({ model }: FormState, { answers, linkId, origin }: ItemView): boolean {
  if (origin?.source === 'auto-server') return false
  const isComputed = model.definitions.get(linkId)?.expressions.calculated !== null && origin?.source === 'auto-client'
  return answers.length > 0 && !isComputed
}

/** The repetitions of a group beside one of them; of a group that does not repeat, itself. */
export function rowsOf(draft: FormDraft, definition: ItemDefinition, key: ItemKey): readonly ItemKey[] {
  return draft.repetitions(definition, placeOf(key))
}

/**
 * Leaves a repeating group one empty repetition where the payer had filled some. They go as a whole: what is left of one would
 * stand beside the answers of another result.
 */
export function clearRows(draft: FormDraft, definition: ItemDefinition, key: ItemKey): void {
  const rows = rowsOf(draft, definition, key)
  const isFilled = ({ key: own, origin }: ItemView): boolean =>
    origin?.source === 'auto-server' && rows.some((row) => isBelow(own, row))
  if (rows.length === 1 && ![...draft.items.values()].some(isFilled)) return
  draft.appendRepetition(definition, placeOf(key), EMPTY_META)
  // Those after it move up: each time it is the first that goes.
  rows.forEach(() => draft.removeRepetition(key))
}
