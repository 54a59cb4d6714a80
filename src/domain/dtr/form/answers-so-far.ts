/** What a form holds while it is still being filled, to be read and not to be worked with. */
import type { FormView } from '../../contract/form.ts'
import { answerText } from '../item/answer-value.ts'
import { nameItem } from './item-name.ts'
import { isShownQuestion, listItems, type FormState } from './form-state.ts'

/** The answers that are there already, in form order. */
export function listAnswersSoFar(state: FormState): FormView['soFar'] {
  return listItems(state)
    .filter((item) => isShownQuestion(item) && item.answers.length > 0)
    .map((item) => ({
      itemKey: item.key,
      label: nameItem(item, state.items),
      value: item.answers.map(answerText).join(', '),
    }))
}
