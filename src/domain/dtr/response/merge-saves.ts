/**
 * Two people saved the same form: what only one of them changed is kept, what both changed to different answers is a conflict
 * that a person resolves. Nothing is lost: theirs stays, mine comes back beside it.
 */
import type { ItemConflict } from '../../contract/form.ts'
import { areSameAnswers, isSameAnswer } from '../item/answer-value.ts'
import { FormDraft } from '../form/form-draft.ts'
import { findItem, type AnswersAt } from '../form/answer-keys.ts'
import { matchAnswers } from '../form/answer-matching.ts'
import { childrenUnder, listItems, type Answer, type FormState, type ItemView } from '../form/form-state.ts'
import { parentKey, placeOf, type ItemKey } from '../item/item-key.ts'
import { EMPTY_META } from '../form/open-form.ts'
import { settle } from '../form/settle.ts'

/** An answer that somebody else changed since the version that mine began from. */
export interface TheirChange {
  readonly itemKey: ItemKey
  /** What it was at that version. */
  readonly base: readonly Answer[]
  readonly by: string | null
  readonly at: string
}

export interface MergedSave {
  /** Mine, with theirs put in where I changed nothing, and where we both did. */
  readonly state: FormState
  readonly conflicts: readonly ItemConflict[]
}

/** Merges. `theirs` is the form as it is kept, `mine` as it was sent. */
export function mergeSaves(
  mine: FormState,
  theirs: FormState,
  changes: readonly TheirChange[],
  at: string,
): MergedSave {
  const merge = new Merge(mine, theirs, changes, at)
  // A question before what stands under its answers.
  for (const item of listItems(theirs)) merge.take(item)
  settle(merge.draft)
  return { state: merge.draft.finish(), conflicts: merge.conflicts }
}

class Merge {
  readonly draft: FormDraft
  readonly conflicts: ItemConflict[] = []
  private readonly theirs: FormState
  private readonly changes: ReadonlyMap<ItemKey, TheirChange>
  private readonly mineAt = (key: ItemKey): readonly Answer[] => this.draft.item(key)?.answers ?? []
  private readonly theirsAt = (key: ItemKey): readonly Answer[] => this.theirs.items.get(key)?.answers ?? []
  /** What both began from. */
  private readonly baseAt = (key: ItemKey): readonly Answer[] => this.changes.get(key)?.base ?? this.theirsAt(key)

  constructor(mine: FormState, theirs: FormState, changes: readonly TheirChange[], at: string) {
    this.draft = new FormDraft(mine, at)
    this.theirs = theirs
    this.changes = new Map(changes.map((change) => [change.itemKey, change]))
  }

  /** Puts in what they changed at one item. */
  take(other: ItemView): void {
    const base = this.baseOf(other.key, this.theirsAt)
    if (areSameAnswers(base, other.answers)) return
    const found = findItem(other.key, this.theirsAt, this.mineAt, this.theirs.items)
    const key = found.key ?? this.bringBack(other.key)
    const own = key === null ? undefined : this.reach(key, other)
    if (own === undefined || areSameAnswers(own.answers, other.answers)) return
    const { theirsOnly, ownWork } = this.compareAnswers(own, base, other)
    const { origin, cleared } = other
    this.draft.patch(own.key, { answers: [...other.answers, ...ownWork], origin, cleared })
    for (const index of theirsOnly) this.copyBelow(other, index)
    if (ownWork.length > 0 || !areSameAnswers(own.answers, base)) this.tell(own, base, other)
  }

  /** The item in mine; a repetition that they added is added to mine. */
  private reach(key: ItemKey, other: ItemView): ItemView | undefined {
    const known = this.draft.item(key)
    if (known !== undefined) return known
    const [around, outer] = [parentKey(key), other.parent === null ? undefined : this.theirs.items.get(other.parent)]
    if (around !== null && outer !== undefined && this.reach(around, outer) === undefined) return undefined
    const definition = this.theirs.model.definitions.get(other.linkId)
    const [place, index] = [placeOf(key), other.repetition?.index ?? -1]
    if (definition === undefined) return undefined
    while (this.draft.repetitions(definition, place).length <= index)
      this.draft.appendRepetition(definition, place, EMPTY_META)
    return this.draft.item(key)
  }

  private baseOf(key: ItemKey, from: AnswersAt): readonly Answer[] {
    const found = findItem(key, from, this.baseAt, this.theirs.items)
    return found.key === null ? [] : this.baseAt(found.key)
  }

  /** They changed something under an answer that I took out: it comes back, and that is a conflict at its question. */
  private bringBack(key: ItemKey): ItemKey | null {
    for (;;) {
      const found = findItem(key, this.theirsAt, this.mineAt, this.theirs.items)
      if (found.key !== null) return found.key
      const own = this.draft.item(found.question)
      const other = this.theirs.items.get(found.of)
      const answer = other?.answers[found.index]
      if (own === undefined || other === undefined || answer === undefined) return null
      this.draft.patch(own.key, { answers: [...own.answers, answer] })
      this.copyBelow(other, found.index)
      this.tell(own, this.baseOf(other.key, this.theirsAt), other, key)
    }
  }

  /** Puts in all that stands under one of their answers, as it is. */
  private copyBelow(other: ItemView, index: number): void {
    for (const child of childrenUnder(other, index)) this.copy(child)
  }

  private copy(key: ItemKey): void {
    const other = this.theirs.items.get(key)
    const found = findItem(key, this.theirsAt, this.mineAt, this.theirs.items)
    if (other === undefined || found.key === null || this.reach(found.key, other) === undefined) return
    const { answers, origin, cleared } = other
    if (other.type !== 'group') this.draft.patch(found.key, { answers, origin, cleared })
    other.children.forEach((child) => this.copy(child))
  }

  /**
   * Of a question with something under its answers: which of theirs mine does not have, and which of mine theirs do not have
   * though I changed something under them. A corrected answer is the one that it was.
   */
  private compareAnswers(own: ItemView, base: readonly Answer[], { answers: theirs }: ItemView) {
    if (own.type === 'group' || own.children.length === 0) return { theirsOnly: [], ownWork: [] }
    const mineFrom = matchAnswers(own, base, own.answers)
    const theirsFrom = matchAnswers(own, base, theirs)
    const isIn = (answers: readonly Answer[], answer: Answer): boolean =>
      answers.some((one) => isSameAnswer(one, answer))
    const isKnown = (from: number | null | undefined, others: readonly (number | null)[]): boolean =>
      from !== null && from !== undefined && others.includes(from)
    return {
      theirsOnly: theirs.flatMap((answer, index) =>
        isKnown(theirsFrom[index], mineFrom) || isIn(own.answers, answer) ? [] : [index],
      ),
      ownWork: own.answers.filter(
        (answer, index) =>
          !isKnown(mineFrom[index], theirsFrom) &&
          !isIn(theirs, answer) &&
          childrenUnder(own, index).some((child) => this.isMyWork(child)),
      ),
    }
  }

  private isMyWork(key: ItemKey): boolean {
    const item = this.draft.item(key)
    if (item === undefined) return false
    return (
      !areSameAnswers(item.answers, this.baseOf(key, this.mineAt)) ||
      item.children.some((child) => this.isMyWork(child))
    )
  }

  private tell(own: ItemView, base: readonly Answer[], other: ItemView, changed: ItemKey = other.key): void {
    if (this.conflicts.some(({ itemKey }) => itemKey === own.key)) return
    const { by, at } = this.changes.get(changed) ?? { by: null, at: this.draft.at }
    const answers = { base: [...base], theirs: [...other.answers], mine: [...own.answers] }
    this.conflicts.push({ itemKey: own.key, ...answers, by, at })
  }
}

/** The first change of each item since a version: its `from` is what was there then. */
export function listTheirChanges(
  rows: readonly {
    readonly itemKey: string
    readonly at: string
    readonly actor: string | null
    readonly change: { readonly from: unknown[] }
  }[],
): TheirChange[] {
  const first = new Map<string, TheirChange>()
  for (const { itemKey, at, actor, change } of rows) {
    const known = first.get(itemKey)
    const base = known?.base ?? (change.from as Answer[])
    first.set(itemKey, { itemKey, base, by: actor, at })
  }
  return [...first.values()]
}
