import { useState } from 'react'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { answerText } from '#domain/dtr/item/answer-value.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { Button } from '../../../ui/button.tsx'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'
import { useTypedText } from './use-typed-text.ts'

/**
 * A date in the browser's own field, or as text where only a year or a month is known: a day that nobody knows is never
 * made up.
 */
export function DateField({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const held = item.rejectedText ?? rawText(item.answers[0])
  const [isText, setIsText] = useState(held !== '' && !isWhole(item, held))
  const typed = useTypedText(item.key, held, item.type === 'dateTime' ? withZone : undefined)
  return (
    <span className={styles.date}>
      <span className={`${styles.fieldFrame ?? ''} ${styles.fieldDate ?? ''}`}>
        <input
          id={id}
          type={isText ? 'text' : item.type === 'date' ? 'date' : 'datetime-local'}
          className={styles.field}
          value={typed.value}
          readOnly={readOnly}
          required={item.required}
          placeholder={isText ? say('form.date.format') : undefined}
          aria-describedby={describedBy}
          aria-invalid={invalid || undefined}
          onChange={(event) => typed.onChange(event.target.value)}
          onBlur={typed.onBlur}
        />
      </span>
      {!readOnly && (held === '' || !isWhole(item, held)) && (
        <Button
          look="quiet"
          slim
          aria-label={say(isText ? 'form.date.wholeNamed' : 'form.date.partNamed', { question: item.text })}
          onClick={() => setIsText(!isText)}
        >
          {say(isText ? 'form.date.whole' : 'form.date.part')}
        </Button>
      )}
    </span>
  )
}

function isWhole({ type }: ItemView, text: string): boolean {
  return type === 'date' ? /^\d{4}-\d{2}-\d{2}$/.test(text) : /^\d{4}-\d{2}-\d{2}T/.test(text)
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
