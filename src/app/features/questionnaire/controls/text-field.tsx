import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { answerText } from '#domain/dtr/item/answer-value.ts'
import { cx } from '../../../ui/cx.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { useTypedText } from './use-typed-text.ts'

/** Words, numbers, times, addresses. What is no valid value stays in the field and is never sent. */
export function TextField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const present = item.answers[0]
  const typed = useTypedText(item.key, item.rejectedText ?? (present === undefined ? '' : answerText(present)))
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
  if (item.type === 'text' || item.facts.controls.includes('text-box'))
    return (
      <textarea
        {...common}
        rows={3}
        className={styles.textarea}
        onChange={(event) => typed.onChange(event.target.value)}
      />
    )
  const unit = unitOf(item)
  const short = isShort(item) && styles.fieldShort
  const field = (
    <input
      {...common}
      {...inputType(item.type)}
      className={cx(styles.field, unit === undefined && short)}
      onChange={(event) => typed.onChange(event.target.value)}
    />
  )
  if (unit === undefined) return field
  return (
    <span className={cx(styles.fieldFrame, short)}>
      {field}
      <Unit item={item} />
    </span>
  )
}

export function Unit({ item }: { item: ItemView }) {
  const unit = unitOf(item)
  return unit === undefined ? null : <span className={styles.unit}>{unit}</span>
}

/** The unit as the form names it: its own extension, or a label of its own. */
const unitOf = ({ unit, facts }: ItemView): string | undefined =>
  unit?.display ?? unit?.code ?? facts.labels.unit[0]?.text

function isShort({ type }: ItemView): boolean {
  return type === 'integer' || type === 'decimal' || type === 'time'
}

export function inputType(type: ItemView['type']): { type: string; inputMode?: 'decimal' | 'numeric' | 'url' } {
  switch (type) {
    case 'integer':
      return { type: 'text', inputMode: 'numeric' }
    case 'decimal':
    case 'quantity':
      return { type: 'text', inputMode: 'decimal' }
    case 'time':
      return { type: 'time' }
    case 'url':
      return { type: 'text', inputMode: 'url' }
    default:
      return { type: 'text' }
  }
}
