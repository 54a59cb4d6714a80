/** The coverage screen's title: the state in a sentence, computed from the groups (design/README: titles say the state). */
import type { CoverageState } from '../contract/launch.ts'
import { message, type Message } from '../result.ts'

const NEEDS_AUTHORIZATION: readonly CoverageState[] = ['auth-needed', 'performer-auth']
const OPEN: readonly CoverageState[] = ['unknown', 'no-answer']

/**
 * Keys of `coverage.title.*` in the locale file; `count` is the number the sentence is about, `total` all groups.
 * `problem` is the reason of CoverageView.problem, which wins over any count.
 */
export function buildCoverageTitle(states: readonly CoverageState[], problem: string | null): Message {
  if (problem !== null) return message(`coverage.title.problem.${problem}`)
  const total = states.length
  const countOf = (wanted: readonly CoverageState[]): number => states.filter((state) => wanted.includes(state)).length
  const asking = countOf(['asking'])
  if (asking > 0) return message('coverage.title.asking', { count: asking, total })
  const needed = countOf(NEEDS_AUTHORIZATION)
  const unknown = countOf(OPEN)
  if (needed > 0 && unknown > 0) return message('coverage.title.neededAndUnknown', { count: needed, total, unknown })
  if (needed > 0)
    return message(total === 1 ? 'coverage.title.only.needed' : 'coverage.title.needed', { count: needed, total })
  if (unknown > 0)
    return message(total === 1 ? 'coverage.title.only.unknown' : 'coverage.title.unknown', { count: unknown, total })
  const documentation = countOf(['documentation-needed'])
  if (documentation > 0) return message('coverage.title.documentation', { count: documentation, total })
  const information = countOf(['information-needed'])
  if (information > 0) return message('coverage.title.information', { count: information, total })
  const notCovered = countOf(['not-covered'])
  if (notCovered > 0) return message('coverage.title.notCovered', { count: notCovered, total })
  return message('coverage.title.nothingNeeded', { count: total, total })
}

/** What has to happen next for a group, and who has to do it. */
export function readNextStep(
  state: CoverageState,
  docNeeded: readonly string[],
): { nextStep: Message | null; owner: 'clinician' | 'pa-staff' | 'payer' | 'nobody' } {
  switch (state) {
    case 'auth-needed':
    case 'documentation-needed': {
      const onlyAdmin = docNeeded.length > 0 && docNeeded.every((code) => code === 'admin')
      return { nextStep: message('coverage.next.complete'), owner: onlyAdmin ? 'pa-staff' : 'clinician' }
    }
    case 'information-needed':
      return { nextStep: message('coverage.next.information'), owner: 'clinician' }
    case 'performer-auth':
      return { nextStep: message('coverage.next.performer'), owner: 'pa-staff' }
    case 'not-covered':
      return { nextStep: message('coverage.next.notCovered'), owner: 'clinician' }
    case 'unknown':
    case 'no-answer':
      return { nextStep: message('coverage.next.askAgain'), owner: 'pa-staff' }
    case 'asking':
      return { nextStep: null, owner: 'payer' }
    case 'satisfied':
    case 'no-auth-needed':
      return { nextStep: null, owner: 'nobody' }
  }
}
