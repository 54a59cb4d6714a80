/**
 * Rows that the chart gave a form, held against those that it gives now: the same row is the one that rests on the same
 * resource, else the one that says mostly the same, wherever it stands. So a row that came in front moves nothing, one that is
 * new is told from one that was removed by a person, and one that is gone is not mistaken for its neighbour.
 */
import { areSameAnswers } from '../item/answer-value.ts'
import type { FormDraft } from '../form/form-draft.ts'
import type { FormState, ItemView } from '../form/form-state.ts'
import { isRepeatingGroup } from '../form/form-tree.ts'
import { EMPTY_META } from '../form/open-form.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { isBelow, type ItemKey } from '../item/item-key.ts'

export interface MatchedRows {
  /** The same item in the other form; null in a row that the other form does not have. */
  readonly keyOf: (key: ItemKey) => ItemKey | null
  /** Rows that only the other form has, with an answer in them. */
  readonly added: readonly ItemKey[]
}

/** Whether rows of a group come from the chart. */
export const isFedGroup = (definition: ItemDefinition): boolean =>
  isRepeatingGroup(definition) &&
  (definition.expressions.populationContext !== null || definition.expressions.initial !== null)

/** Matches the rows of one form with those of another, group by group. Rows within rows stay where they are. */
export function matchRows(one: FormState, other: FormState): MatchedRows {
  const matches = new Map<ItemKey, ItemKey | null>()
  const added: ItemKey[] = []
  for (const [parent, linkId] of fedGroups(one)) {
    const [mine, theirs] = [rowsOf(one, parent, linkId), rowsOf(other, parent, linkId)]
    const open = new Set(theirs)
    const take = (row: Row, isSame: (candidate: Row) => boolean): void => {
      if (matches.has(row.key)) return
      const found = [...open].find(isSame)
      if (found === undefined) return
      open.delete(found)
      matches.set(row.key, found.key)
    }
    for (const row of mine) take(row, ({ sources }) => sources.some((source) => row.sources.includes(source)))
    for (const row of mine) take(row, (candidate) => saysMostlyTheSame(row, candidate))
    // An empty row waits for whatever comes.
    for (const row of mine) if (row.answered.size === 0) take(row, () => true)
    for (const row of mine) if (!matches.has(row.key)) matches.set(row.key, null)
    added.push(...[...open].filter(({ answered }) => answered.size > 0).map(({ key }) => key))
  }
  const keyOf = (key: ItemKey): ItemKey | null => {
    for (const [row, match] of matches)
      if (key === row || isBelow(key, row)) return match === null ? null : match + key.slice(row.length)
    return key
  }
  return { keyOf, added }
}

/** Appends rows of another form; gives the keys of the questions that have an answer by that. */
export function appendRows(draft: FormDraft, from: FormState, rows: readonly ItemKey[]): ItemKey[] {
  return rows.flatMap((row) => {
    const group = from.items.get(row)
    const definition = group === undefined ? undefined : from.model.definitions.get(group.linkId)
    if (group === undefined || definition === undefined) return []
    const key = draft.appendRepetition(definition, group.parent, EMPTY_META)
    return [...from.items.values()].flatMap(({ key: at, answers, origin, lookup }) => {
      const target = key + at.slice(row.length)
      if (!isBelow(at, row) || answers.length === 0 || draft.item(target) === undefined) return []
      draft.patch(target, { answers, origin, lookup })
      return [target]
    })
  })
}

interface Row {
  readonly key: ItemKey
  /** Resources that this row alone rests on. */
  readonly sources: readonly string[]
  /** By key within the row. */
  readonly answered: ReadonlyMap<string, ItemView>
}

function fedGroups({ items, model }: FormState): [ItemKey | null, string][] {
  return [...items.values()]
    .filter(({ repetition }) => repetition?.index === 0)
    .filter(({ linkId }) => {
      const definition = model.definitions.get(linkId)
      return definition !== undefined && isFedGroup(definition)
    })
    .map(({ parent, linkId }) => [parent, linkId])
}

function rowsOf({ items }: FormState, parent: ItemKey | null, linkId: string): Row[] {
  const rows = [...items.values()]
    .filter((item) => item.linkId === linkId && item.parent === parent)
    .map(({ key }) => {
      const below = [...items.values()].filter((item) => isBelow(item.key, key) && item.answers.length > 0)
      const sources = new Set(below.flatMap(({ origin }) => origin?.evidence.map(({ reference }) => reference) ?? []))
      return { key, sources: [...sources], answered: new Map(below.map((item) => [item.key.slice(key.length), item])) }
    })
  const counts = new Map<string, number>()
  for (const source of rows.flatMap(({ sources }) => sources)) counts.set(source, (counts.get(source) ?? 0) + 1)
  return rows.map((row) => ({ ...row, sources: row.sources.filter((source) => counts.get(source) === 1) }))
}

function saysMostlyTheSame({ answered }: Row, candidate: Row): boolean {
  const same = [...candidate.answered].filter(([at, { answers }]) =>
    areSameAnswers(answered.get(at)?.answers ?? [], answers),
  )
  return same.length * 2 > candidate.answered.size
}
