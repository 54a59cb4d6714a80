import { useState } from 'react'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../../i18n/use-say.ts'
import styles from '../fields.module.css'

/** An answer in the person's own words; `other` is the one that is no option of the question. */
export function OtherAnswer({
  item,
  id,
  other,
  readOnly,
  onChange,
}: {
  item: ItemView
  id: string
  other: Answer | undefined
  readOnly: boolean
  onChange: (words: string) => void
}) {
  const say = useSay()
  const value = other === undefined ? null : (other.valueString ?? other.valueCoding?.display ?? '')
  const [open, setOpen] = useState(false)
  const [words, setWords] = useState<string | null>(null)
  const shown = open || value !== null
  return (
    <div className={styles.other}>
      <label className={styles.option}>
        <input
          type={item.repeats ? 'checkbox' : 'radio'}
          name={id}
          checked={shown}
          disabled={readOnly && !shown}
          onChange={(event) => {
            setOpen(event.target.checked)
            if (!event.target.checked && value !== null) onChange('')
          }}
        />
        <span>{item.facts.openLabel ?? say('form.other')}</span>
      </label>
      {shown && (
        <input
          className={styles.field}
          aria-label={say('form.otherWords')}
          readOnly={readOnly}
          value={words ?? value ?? ''}
          onChange={(event) => setWords(event.target.value)}
          onBlur={() => {
            if (words !== null) onChange(words.trim())
            setWords(null)
            if (words?.trim() === '') setOpen(false)
          }}
        />
      )}
    </div>
  )
}
