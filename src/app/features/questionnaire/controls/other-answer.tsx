import { useState } from 'react'
import { useSay } from '../../../i18n/use-say.ts'
import styles from '../fields.module.css'

/** An answer in the person's own words. */
export function OtherAnswer({
  id,
  label,
  value,
  single,
  readOnly,
  onChange,
}: {
  id: string
  label: string
  value: string | null
  single: boolean
  readOnly: boolean
  onChange: (words: string) => void
}) {
  const say = useSay()
  const [open, setOpen] = useState(false)
  const [words, setWords] = useState<string | null>(null)
  const shown = open || value !== null
  return (
    <div className={styles.other}>
      <label className={styles.option}>
        <input
          type={single ? 'radio' : 'checkbox'}
          name={id}
          checked={shown}
          disabled={readOnly && !shown}
          onChange={(event) => {
            setOpen(event.target.checked)
            if (!event.target.checked && value !== null) onChange('')
          }}
        />
        <span>{label}</span>
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
