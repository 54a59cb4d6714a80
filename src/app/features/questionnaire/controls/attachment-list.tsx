import { answer } from '#domain/dtr/form-edit.ts'
import { isSameAnswer } from '#domain/dtr/answer-value.ts'
import { useFormats } from '../../../i18n/format.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Icon } from '../../../ui/icon.tsx'
import { describeAnswer } from '../describe-answer.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'

/** Documents and references of the chart: what is there is listed, and where the form offers a list, ticked. */
export function AttachmentList({ item, readOnly, describedBy }: ControlProps) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const offered = [
    ...item.options.map((option) => option.answer),
    ...item.answers.filter((given) => !item.options.some((option) => isSameAnswer(option.answer, given))),
  ]
  if (offered.length === 0) return <p className={styles.none}>{say('form.noDocuments')}</p>
  return (
    <ul className={styles.attachments} aria-describedby={describedBy}>
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
                  const next = included ? rest : item.repeats ? [...rest, candidate] : [candidate]
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
