/** What stands under the answers of a question that takes several: under each its own, named after it (R4 answer.item). */
import { useCallback, useId, type ReactNode } from 'react'
import { childrenUnder, type Answer, type FormState, type ItemView } from '#domain/dtr/form/form-state.ts'
import { isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { describeAnswer } from './describe-answer.ts'
import { useFormValue } from './form-store.ts'
import styles from './question.module.css'

interface UnderAnswersProps {
  readonly item: ItemView
  readonly draw: (keys: readonly ItemKey[]) => ReactNode
}

export function UnderAnswers({ item, draw }: UnderAnswersProps) {
  // Of a question with one answer it needs no saying whose it is.
  if (!item.repeats || item.answers.length === 0) return draw(item.children)
  return item.answers.map((answer, index) => (
    <UnderAnswer key={index} item={item} answer={answer} keys={childrenUnder(item, index)} draw={draw} />
  ))
}

/** Nothing but a name would be left where nothing under an answer is asked now. */
function UnderAnswer({
  item,
  answer,
  keys,
  draw,
}: UnderAnswersProps & { readonly answer: Answer; readonly keys: readonly ItemKey[] }) {
  const id = useId()
  const say = useSay()
  const formats = useFormats()
  const isAsked = useCallback(({ items }: FormState) => keys.some((key) => isShown(items.get(key))), [keys])
  if (!useFormValue(isAsked)) return null
  const option = item.options.find((one) => isSameAnswer(one.answer, answer))
  return (
    <div role="group" aria-labelledby={id} className={styles.underAnswer}>
      <p id={id} className={styles.underAnswerName}>
        {option?.label ?? describeAnswer(answer, formats, say)}
      </p>
      {draw(keys)}
    </div>
  )
}

const isShown = (item: ItemView | undefined): boolean => item?.enabled === true && !item.hidden
