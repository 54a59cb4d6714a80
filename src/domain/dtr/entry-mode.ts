/**
 * The order in which a form lets itself be filled in (SDC entryMode): `sequential` knows no way back and no moving on from a
 * faulty answer, and what was completed that way cannot be amended (SDC 4); `prior-edit` and `random` allow all three.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import { listItems, type FormState } from './form-state.ts'
import type { ItemKey } from './item-key.ts'

const FINISHED: ReadonlySet<QuestionnaireResponse['status']> = new Set(['completed', 'amended', 'stopped'])

/** Whether a response of this status may still be changed. */
export function mayAmend(state: FormState, status: QuestionnaireResponse['status']): boolean {
  return state.model.facts.entryMode !== 'sequential' || !FINISHED.has(status)
}

/** Whether a person who came as far as `reached` (null: nowhere yet) may answer at `key` now. */
export function mayAnswerAt(state: FormState, key: ItemKey, reached: ItemKey | null): boolean {
  if (state.model.facts.entryMode !== 'sequential') return true
  const items = listItems(state).filter(({ type }) => type !== 'group' && type !== 'display')
  const from = items.findIndex((item) => item.key === reached)
  const to = items.findIndex((item) => item.key === key)
  if (to < from || to < 0) return false
  return items.slice(Math.max(from, 0), to).every(({ needs }) => needs === null)
}
