import { answer } from '#domain/dtr/form/form-edit.ts'
import { isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { useFormats } from '../../../i18n/format.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Icon } from '../../../ui/icon.tsx'
import { describeAnswer } from '../describe-answer.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'

/** What the form and the chart offer, and what is chosen: ticked, or one of them where one is asked for. */
export function OfferedList({ item, readOnly }: { item: ItemView; readOnly: boolean }) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const listed = [...item.options, ...item.candidates].map((option) => option.answer)
  const offered = [
    ...listed.filter((one, index) => listed.findIndex((other) => isSameAnswer(one, other)) === index),
    ...item.answers.filter((given) => !listed.some((one) => isSameAnswer(one, given))),
  ]
  if (offered.length === 0) return null
  return (
    <ul className={styles.attachments}>
      {offered.map((candidate, index) => {
        const included = item.answers.some((given) => isSameAnswer(given, candidate))
        return (
          <li key={index}>
            <label className={styles.option}>
              <input
                type="checkbox"
                checked={included}
                disabled={readOnly}
                onChange={() => {
                  const rest = item.answers.filter((given) => !isSameAnswer(given, candidate))
                  const next: readonly Answer[] = included ? rest : item.repeats ? [...rest, candidate] : [candidate]
                  store.edit((state, edit) => answer(state, item.key, next, edit))
                }}
              />
              <Icon name="doc" />
              <span>{candidate.valueAttachment?.title ?? describeAnswer(candidate, formats, say)}</span>
            </label>
          </li>
        )
      })}
    </ul>
  )
}
