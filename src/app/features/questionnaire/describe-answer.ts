/** Answers in the reader's words: yes and no, dates and numbers of the locale, codings by their display. */
import type { Answer } from '#domain/dtr/form/form-state.ts'
import { answerText } from '#domain/dtr/item/answer-value.ts'
import type { Formats } from '../../i18n/format.ts'
import type { Say } from '../../i18n/use-say.ts'

export function describeAnswer(answer: Answer, formats: Formats, say: Say): string {
  if (answer.valueBoolean !== undefined) return say(answer.valueBoolean ? 'form.yes' : 'form.no')
  if (answer.valueDate !== undefined) return formats.date(answer.valueDate)
  if (answer.valueDateTime !== undefined)
    return answer.valueDateTime.includes('T')
      ? formats.dateTime(answer.valueDateTime)
      : formats.date(answer.valueDateTime)
  if (answer.valueDecimal !== undefined) return formats.number(answer.valueDecimal)
  if (answer.valueInteger !== undefined) return formats.number(answer.valueInteger)
  const quantity = answer.valueQuantity
  if (quantity?.value !== undefined)
    return [formats.number(quantity.value), quantity.unit ?? quantity.code].filter(Boolean).join(' ')
  return answerText(answer)
}

export function describeAnswers(answers: readonly Answer[], formats: Formats, say: Say): string {
  return answers.map((answer) => describeAnswer(answer, formats, say)).join(', ')
}
