import { useState } from 'react'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { answerText } from '#domain/dtr/item/answer-value.ts'
import { parseTyped } from '#domain/dtr/item/coercion.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Button } from '../../../ui/button.tsx'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { Unit, inputType } from './text-field.tsx'
import { useRestingText } from './use-typed-text.ts'

/** Several typed answers to one question: a field for each, and one more to add. */
export function ValueList({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const [adding, setAdding] = useState(false)
  const { maxOccurs } = item.limits
  const full = maxOccurs !== null && item.answers.length >= maxOccurs
  const give = (answers: readonly Answer[]): void => store.edit((state, edit) => answer(state, item.key, answers, edit))
  const replace = (index: number, next: Answer | null): void =>
    give(item.answers.flatMap((given, at) => (at !== index ? [given] : next === null ? [] : [next])))
  const fields = item.answers.length + (readOnly || full || !(adding || item.answers.length === 0) ? 0 : 1)
  return (
    <div className={styles.valueList} aria-describedby={describedBy} data-invalid={invalid || undefined}>
      {Array.from({ length: fields }, (_, index) => (
        <Value
          key={index}
          item={item}
          id={index === 0 ? id : `${id}-${String(index)}`}
          place={index + 1}
          value={item.answers[index]}
          readOnly={readOnly}
          onChange={(next) => {
            setAdding(false)
            if (index < item.answers.length) replace(index, next)
            else if (next !== null) give([...item.answers, next])
          }}
        />
      ))}
      {!readOnly && !full && !adding && item.answers.length > 0 && (
        <div>
          <Button slim look="quiet" icon="plus" onClick={() => setAdding(true)}>
            {say('form.addAnswer')}
          </Button>
        </div>
      )}
    </div>
  )
}

interface ValueProps {
  readonly item: ItemView
  readonly id: string
  readonly place: number
  readonly value: Answer | undefined
  readonly readOnly: boolean
  readonly onChange: (next: Answer | null) => void
}

function Value({ item, id, place, value, readOnly, onChange }: ValueProps) {
  const say = useSay()
  const [refused, setRefused] = useState<string | null>(null)
  const typed = useRestingText(refused ?? (value === undefined ? '' : textOf(value)), (text) => {
    const parsed = parseTyped(text, { type: item.type, unit: item.unit })
    setRefused(parsed === undefined ? text : null)
    if (parsed !== undefined) onChange(parsed)
  })
  const name = say('form.answerNumber', { question: item.text, number: place })
  return (
    <span className={styles.valueRow}>
      <span className={styles.fieldFrame}>
        <input
          id={id}
          {...inputType(item.type)}
          className={styles.field}
          aria-label={name}
          aria-invalid={refused !== null || undefined}
          aria-describedby={refused === null ? undefined : `${id}-fault`}
          readOnly={readOnly}
          placeholder={item.placeholder ?? undefined}
          maxLength={item.maxLength ?? undefined}
          value={typed.value}
          onChange={(event) => typed.onChange(event.target.value)}
          onBlur={typed.onBlur}
        />
        <Unit item={item} />
      </span>
      {!readOnly && value !== undefined && (
        <Button
          look="quiet"
          slim
          icon="trash"
          aria-label={say('form.repetition.removeNamed', { title: name })}
          onClick={() => {
            setRefused(null)
            onChange(null)
          }}
        >
          {say('form.repetition.remove')}
        </Button>
      )}
      {refused !== null && (
        <span id={`${id}-fault`} role="status" className={styles.refused}>
          {say(`form.issue.not-a-${item.type}`, { text: refused })}
        </span>
      )}
    </span>
  )
}

const textOf = (value: Answer): string =>
  value.valueQuantity?.value === undefined ? answerText(value) : String(value.valueQuantity.value)
