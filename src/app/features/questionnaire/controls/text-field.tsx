import type { Answer, ItemView } from '#domain/dtr/form-state.ts'
import { answerText } from '#domain/dtr/answer-value.ts'
import { cx } from '../../../ui/cx.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { useTypedText } from './use-typed-text.ts'

/** Everything that is typed: words, numbers, dates, times. What is no valid value stays in the field and is never sent. */
export function TextField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const typed = useTypedText(
    item.key,
    item.rejectedText ?? rawText(item.answers[0]),
    item.type === 'dateTime' ? withZone : undefined,
  )
  const common = {
    id,
    value: typed.value,
    readOnly,
    required: item.required,
    placeholder: item.placeholder ?? undefined,
    maxLength: item.maxLength ?? undefined,
    'aria-describedby': describedBy,
    'aria-invalid': invalid || undefined,
    onBlur: typed.onBlur,
  }
  if (item.type === 'text')
    return (
      <textarea
        {...common}
        rows={3}
        className={styles.textarea}
        onChange={(event) => typed.onChange(event.target.value)}
      />
    )
  return (
    <span className={cx(styles.fieldFrame, isShort(item) && styles.fieldShort)}>
      <input
        {...common}
        {...inputType(item)}
        className={styles.field}
        onChange={(event) => typed.onChange(event.target.value)}
      />
      {item.unit !== null && <span className={styles.unit}>{item.unit.display ?? item.unit.code}</span>}
    </span>
  )
}

function isShort(item: ItemView): boolean {
  return ['integer', 'decimal', 'date', 'dateTime', 'time'].includes(item.type)
}

/** Dates get the browser's own field where the value is a whole date; a year or a month stays text. */
function inputType(item: ItemView): { type: string; inputMode?: 'decimal' | 'numeric' | 'url' } {
  const value = rawText(item.answers[0])
  switch (item.type) {
    case 'integer':
      return { type: 'text', inputMode: 'numeric' }
    case 'decimal':
      return { type: 'text', inputMode: 'decimal' }
    case 'date':
      return { type: /^\d{4}(-\d{2})?$/.test(value) ? 'text' : 'date' }
    case 'dateTime':
      return { type: value === '' || /^\d{4}-\d{2}-\d{2}T/.test(value) ? 'datetime-local' : 'text' }
    case 'time':
      return { type: 'time' }
    case 'url':
      return { type: 'text', inputMode: 'url' }
    default:
      return { type: 'text' }
  }
}

/** The value as its field wants it: a date-time in the reader's own time, without seconds and zone. */
function rawText(answer: Answer | undefined): string {
  if (answer === undefined) return ''
  const moment = answer.valueDateTime
  if (moment === undefined || !moment.includes('T')) return answerText(answer)
  const at = new Date(moment)
  if (Number.isNaN(at.getTime())) return moment
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** A local date and time as an instant: FHIR wants a zone with every time. */
function withZone(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return text
  return new Date(text).toISOString()
}
