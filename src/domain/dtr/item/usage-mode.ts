/**
 * When an item shows (questionnaire-usageMode): while answers are captured, when they are displayed, or both; some only where
 * there is an answer to display. One that is for display only is nobody's to answer.
 */
import type { ItemView } from '../form/form-state.ts'

/** `capture` while a form is being filled in, `display` once it is finished. */
export type Usage = 'capture' | 'display'

type Used = Pick<ItemView, 'facts' | 'answers'>

/** Whether an item shows in this use of the form. */
export function isShownFor(usage: Usage, { facts, answers }: Used): boolean {
  switch (facts.usageMode) {
    case 'capture':
      return usage === 'capture'
    case 'display':
      return usage === 'display'
    case 'display-non-empty':
      return usage === 'display' && answers.length > 0
    case 'capture-display':
      return true
    case 'capture-display-non-empty':
      return usage === 'capture' || answers.length > 0
  }
}
