import { isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { useFormats } from '../../../i18n/format.ts'
import { describeAnswers } from '../describe-answer.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'

/** One of a list that is too long to lie open. An answer that is not on the list stays to be seen. */
export function SelectField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const present = item.answers[0]
  const chosen = present === undefined ? undefined : item.options.find((option) => isSameAnswer(option.answer, present))
  const foreign = present !== undefined && chosen === undefined
  return (
    <select
      id={id}
      className={styles.select}
      value={chosen?.id ?? (foreign ? 'foreign' : '')}
      disabled={readOnly}
      required={item.required}
      aria-describedby={describedBy}
      aria-invalid={invalid || undefined}
      onChange={(event) => {
        const option = item.options.find(({ id: optionId }) => optionId === event.target.value)
        store.edit((state, edit) => answer(state, item.key, option === undefined ? [] : [option.answer], edit))
      }}
    >
      <option value="">{say('form.choose')}</option>
      {foreign && <option value="foreign">{describeAnswers(item.answers, formats, say)}</option>}
      {item.options.map((option) => (
        <option key={option.id} value={option.id}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
