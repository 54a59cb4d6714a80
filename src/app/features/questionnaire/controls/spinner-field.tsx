import { useSay } from '../../../i18n/use-say.ts'
import { Icon } from '../../../ui/icon.tsx'
import styles from '../fields.module.css'
import { endOf, type ControlProps } from './control.tsx'
import { Unit } from './text-field.tsx'
import { useTypedText } from './use-typed-text.ts'

/** A number with a button for less and one for more; the arrow keys do the same. */
export function SpinnerField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const value = item.answers[0]?.valueInteger ?? item.answers[0]?.valueDecimal
  const typed = useTypedText(item.key, item.rejectedText ?? (value === undefined ? '' : String(value)))
  const [min, max] = [endOf(item.limits.minValue), endOf(item.limits.maxValue)]
  const step = (by: number): void => {
    if (readOnly) return
    const from = Number(typed.value)
    const next = typed.value === '' || Number.isNaN(from) ? (min ?? 0) : from + by
    typed.commit(String(Math.min(max ?? Infinity, Math.max(min ?? -Infinity, next))))
  }
  return (
    <span className={styles.spinner}>
      <button
        type="button"
        className={styles.step}
        tabIndex={-1}
        disabled={readOnly}
        aria-label={say('form.less', { question: item.text })}
        onClick={() => step(-1)}
      >
        <Icon name="minus" />
      </button>
      <span className={`${styles.fieldFrame ?? ''} ${styles.fieldNumber ?? ''}`}>
        <input
          id={id}
          role="spinbutton"
          type="text"
          inputMode={item.type === 'integer' ? 'numeric' : 'decimal'}
          className={styles.field}
          value={typed.value}
          readOnly={readOnly}
          required={item.required}
          aria-valuenow={value ?? undefined}
          aria-valuemin={min ?? undefined}
          aria-valuemax={max ?? undefined}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          onChange={(event) => typed.onChange(event.target.value)}
          onBlur={typed.onBlur}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
            event.preventDefault()
            step(event.key === 'ArrowUp' ? 1 : -1)
          }}
        />
        <Unit item={item} />
      </span>
      <button
        type="button"
        className={styles.step}
        tabIndex={-1}
        disabled={readOnly}
        aria-label={say('form.more', { question: item.text })}
        onClick={() => step(1)}
      >
        <Icon name="plus" />
      </button>
    </span>
  )
}
