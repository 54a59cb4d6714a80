import { buildQuantity } from '#domain/dtr/answer-value.ts'
import { answer } from '#domain/dtr/form-edit.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { useTypedText } from './use-typed-text.ts'

/** A number with its unit; the unit is fixed, or chosen from those the form allows. */
export function QuantityField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const quantity = item.answers[0]?.valueQuantity
  const typed = useTypedText(
    item.key,
    item.rejectedText ?? (quantity?.value === undefined ? '' : String(quantity.value)),
  )
  const unit = quantity?.unit ?? item.unit?.display ?? item.unit?.code
  return (
    <span className={styles.quantity}>
      <span className={`${styles.fieldFrame ?? ''} ${styles.fieldShort ?? ''}`}>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          className={styles.field}
          value={typed.value}
          readOnly={readOnly}
          required={item.required}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          onChange={(event) => typed.onChange(event.target.value)}
          onBlur={typed.onBlur}
        />
        {item.unitOptions.length === 0 && unit !== undefined && <span className={styles.unit}>{unit}</span>}
      </span>
      {item.unitOptions.length > 0 && (
        <select
          className={styles.select}
          aria-label={say('form.unitOf', { question: item.text })}
          disabled={readOnly}
          value={quantity?.code ?? quantity?.unit ?? item.unit?.code ?? ''}
          onChange={(event) => {
            const chosen = item.unitOptions.find(({ code, display }) => (code ?? display) === event.target.value)
            const value = quantity?.value
            if (chosen !== undefined && value !== undefined)
              store.edit((state, edit) =>
                answer(state, item.key, [{ valueQuantity: buildQuantity(value, chosen) }], edit),
              )
          }}
        >
          {item.unitOptions.map(({ code, display }) => (
            <option key={code ?? display} value={code ?? display}>
              {display ?? code}
            </option>
          ))}
        </select>
      )}
    </span>
  )
}
