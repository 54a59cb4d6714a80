import type { Coding } from 'fhir/r4'
import { buildQuantity } from '#domain/dtr/item/answer-value.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { Unit } from './text-field.tsx'
import { useRestingText, useTypedText } from './use-typed-text.ts'

/** A number with its unit; the unit is fixed, chosen from those the form allows, or written where it allows any. */
export function QuantityField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const value = item.answers[0]?.valueQuantity?.value
  const typed = useTypedText(item.key, item.rejectedText ?? (value === undefined ? '' : String(value)))
  const isOpen = item.facts.unitConstraint !== null && item.facts.unitConstraint !== 'optionsOnly'
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
        {item.unitOptions.length === 0 && !isOpen && <Unit item={item} />}
      </span>
      {isOpen ? (
        <WrittenUnit item={item} id={id} readOnly={readOnly} />
      ) : (
        item.unitOptions.length > 0 && <ChosenUnit item={item} readOnly={readOnly} />
      )}
    </span>
  )
}

const codeOf = ({ code, display }: Coding): string => code ?? display ?? ''

function useUnit(item: ItemView): { readonly unit: string; readonly give: (unit: Coding) => void } {
  const store = useFormStore()
  const quantity = item.answers[0]?.valueQuantity
  return {
    unit: quantity?.code ?? quantity?.unit ?? (item.unit === null ? '' : codeOf(item.unit)),
    give(unit) {
      const value = quantity?.value
      if (value !== undefined)
        store.edit((state, edit) => answer(state, item.key, [{ valueQuantity: buildQuantity(value, unit) }], edit))
    },
  }
}

function ChosenUnit({ item, readOnly }: { item: ItemView; readOnly: boolean }) {
  const say = useSay()
  const { unit, give } = useUnit(item)
  const isListed = item.unitOptions.some((option) => codeOf(option) === unit)
  return (
    <select
      className={styles.select}
      aria-label={say('form.unitOf', { question: item.text })}
      disabled={readOnly}
      value={unit}
      onChange={(event) => {
        const chosen = item.unitOptions.find((option) => codeOf(option) === event.target.value)
        if (chosen !== undefined) give(chosen)
      }}
    >
      {!isListed && <option value={unit}>{unit === '' ? say('form.choose') : unit}</option>}
      {item.unitOptions.map((option) => (
        <option key={codeOf(option)} value={codeOf(option)}>
          {option.display ?? option.code}
        </option>
      ))}
    </select>
  )
}

/** Listed units are offered while writing. */
function WrittenUnit({ item, id, readOnly }: { item: ItemView; id: string; readOnly: boolean }) {
  const say = useSay()
  const { unit, give } = useUnit(item)
  const typed = useRestingText(unit, (text) => {
    const words = text.trim()
    const listed = item.unitOptions.find(({ code, display }) => code === words || display === words)
    if (words !== '') give(listed ?? { display: words })
  })
  return (
    <>
      <input
        className={`${styles.field ?? ''} ${styles.fieldUnit ?? ''}`}
        aria-label={say('form.unitOf', { question: item.text })}
        list={`${id}-units`}
        readOnly={readOnly}
        value={typed.value}
        onChange={(event) => typed.onChange(event.target.value)}
        onBlur={typed.onBlur}
      />
      <datalist id={`${id}-units`}>
        {item.unitOptions.map((option) => (
          <option key={codeOf(option)} value={option.display ?? option.code} />
        ))}
      </datalist>
    </>
  )
}
