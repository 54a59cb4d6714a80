/**
 * The order in which a form lets itself be filled in (SDC entryMode): `sequential` knows no way back and no moving on from a
 * faulty answer, and what was completed that way cannot be amended (SDC 4); `prior-edit` and `random` allow all three.
 */
import type { QuestionnaireResponse } from 'fhir/r4'
import type { ItemView } from '../form/form-state.ts'
import type { ItemKey } from './item-key.ts'

export type EntryMode = 'sequential' | 'prior-edit' | 'random'

const FINISHED: ReadonlySet<QuestionnaireResponse['status']> = new Set(['completed', 'amended', 'stopped'])

/** Whether a response of this status may still be changed. */
export function mayAmend(entryMode: EntryMode, status: QuestionnaireResponse['status']): boolean {
  return entryMode !== 'sequential' || !FINISHED.has(status)
}

/**
 * Why questions of a sequential form take no answer now: `passed` before the one that the person came to (`reached`; null:
 * nowhere yet), `ahead` behind one that still needs something. `questions` are all of the form, in its order.
 */
export function lockByOrder(
  questions: readonly Pick<ItemView, 'key' | 'needs'>[],
  reached: ItemKey | null,
): ReadonlyMap<ItemKey, 'passed' | 'ahead'> {
  const from = questions.findIndex(({ key }) => key === reached)
  const locks = new Map<ItemKey, 'passed' | 'ahead'>()
  let isHeld = false
  questions.forEach(({ key, needs }, index) => {
    if (index < from) locks.set(key, 'passed')
    else {
      if (isHeld) locks.set(key, 'ahead')
      isHeld ||= needs !== null
    }
  })
  return locks
}
