/**
 * What population knows of the groups that an expression expands, during one run: which are done, which still wait for their
 * results, and which answers stood in them before the run began. What the run itself fills in (a form's initial value, a
 * computed answer) never makes a group an answered one.
 */
import type { FormDraft } from '../form/form-draft.ts'
import type { FormState, ItemView } from '../form/form-state.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { isBelow, type ItemKey } from '../item/item-key.ts'

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

/** An answer that is there and that nothing computes anew. */
function isStanding({ model }: FormState, { answers, linkId, origin }: ItemView): boolean {
  const isComputed = model.definitions.get(linkId)?.expressions.calculated !== null && origin?.source === 'auto-client'
  return answers.length > 0 && !isComputed
}

/** The repetitions of a group beside one of them; of a group that does not repeat, itself. */
export function rowsOf(draft: FormDraft, definition: ItemDefinition, key: ItemKey): readonly ItemKey[] {
  return draft.repetitions(definition, draft.item(key)?.parent ?? null)
}
