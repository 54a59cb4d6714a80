/** What the body draws: under *Needs you* only some questions, and on the first screen only as many as it can hold. */
import { isShownQuestion, listItems, type FormState, type ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'

/** No question takes less of the window than this, in pixels: its words and its control under one another. */
const LEAST_ROW_PX = 72

/** More questions than a window of this height shows. */
export const questionsIn = (heightPx: number): number => Math.ceil(heightPx / LEAST_ROW_PX)

/**
 * Under *Needs you* a question stays where it is once it has been answered: nothing may jump away under the cursor. This
 * holds what has been shown since the view was opened.
 */
export interface KeptNeeds {
  /** The kept questions with every group around them; the same set as long as nothing is added. */
  keysOf(state: FormState): ReadonlySet<ItemKey>
  has(key: ItemKey): boolean
  /** Begins anew with what needs a person now. */
  clear(): void
}

export function createKeptNeeds(): KeptNeeds {
  const kept = new Set<ItemKey>()
  let of: FormState | null = null
  let keys: ReadonlySet<ItemKey> = new Set()
  return {
    keysOf(state) {
      if (state === of) return keys
      of = state
      for (const item of state.items.values()) if (item.needs !== null) kept.add(item.key)
      const next = withAncestors(state, kept)
      if (next.size !== keys.size || [...next].some((key) => !keys.has(key))) keys = next
      return keys
    },
    has: (key) => kept.has(key),
    clear() {
      kept.clear()
      of = null
    },
  }
}

function withAncestors(state: FormState, kept: ReadonlySet<ItemKey>): Set<ItemKey> {
  const wanted = new Set<ItemKey>()
  for (const key of kept) {
    const item = state.items.get(key)
    if (item !== undefined && (isShownQuestion(item) || item.needs !== null)) addWithAncestors(wanted, state, item)
  }
  return wanted
}

function addWithAncestors(keys: Set<ItemKey>, state: FormState, item: ItemView): void {
  let at: ItemView | undefined = item
  while (at !== undefined && !keys.has(at.key)) {
    keys.add(at.key)
    at = at.parent === null ? undefined : state.items.get(at.parent)
  }
}

/** The first `questions` questions with the groups around them. */
export function firstScreen(
  state: FormState,
  only: ReadonlySet<ItemKey> | null,
  questions: number,
): ReadonlySet<ItemKey> {
  const early = new Set<ItemKey>()
  let count = 0
  for (const item of listItems(state)) {
    if (count >= questions) break
    const isQuestion = isShownQuestion(item)
    if ((!isQuestion && item.type !== 'display') || (only !== null && !only.has(item.key))) continue
    addWithAncestors(early, state, item)
    if (isQuestion) count += 1
  }
  return early
}

/** By the order of the form, which only a repetition that comes or goes changes. */
const PLACED = new WeakMap<readonly ItemKey[], readonly ItemKey[]>()

/** A header comes first and a footer last, wherever the form has them. */
export function rootsInPlace(state: FormState): readonly ItemKey[] {
  const known = PLACED.get(state.roots) ?? placeRoots(state)
  PLACED.set(state.roots, known)
  return known
}

function placeRoots(state: FormState): readonly ItemKey[] {
  const place = (key: ItemKey): number => {
    const controls = state.items.get(key)?.facts.controls ?? []
    return controls.includes('header') ? -1 : controls.includes('footer') ? 1 : 0
  }
  return state.roots.every((key) => place(key) === 0)
    ? state.roots
    : [...state.roots].sort((one, other) => place(one) - place(other))
}
