import { useState } from 'react'
import { isSameAnswer } from '#domain/dtr/answer-value.ts'
import { answer } from '#domain/dtr/form-edit.ts'
import type { Answer, AnswerOption } from '#domain/dtr/form-state.ts'
import { buildOption } from '#domain/dtr/item-options.ts'
import { useSay, type Say } from '../../../i18n/use-say.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/cx.ts'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import type { ControlProps } from './control.tsx'

/** Yes and no, radio buttons, or ticks where several answers are allowed; with a field of its own for another answer. */
export function Options({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const store = useFormStore()
  const options = item.type === 'boolean' ? yesAndNo(say) : item.options
  const chosen = (option: AnswerOption): boolean => item.answers.some((given) => isSameAnswer(given, option.answer))
  const other = item.answers.find((given) => !options.some((option) => isSameAnswer(given, option.answer)))
  const give = (answers: readonly Answer[]): void => store.edit((state, edit) => answer(state, item.key, answers, edit))
  const pick = (option: AnswerOption, on: boolean): void => {
    if (!item.repeats) return give([option.answer])
    const rest = item.answers.filter((given) => !isSameAnswer(given, option.answer))
    if (!on) return give(rest)
    const exclusive = options.filter((candidate) => candidate.exclusive).map((candidate) => candidate.answer)
    give(
      option.exclusive
        ? [option.answer]
        : [...rest.filter((given) => !exclusive.some((one) => isSameAnswer(one, given))), option.answer],
    )
  }
  const [whole, setWhole] = useState(false)
  const folded = !whole && options.length > FOLD_PAST
  const shown = folded ? options.filter(chosen) : options
  return (
    <div
      className={cx(styles.options, isShort(options) && !item.allowsOther && styles.optionsRow)}
      aria-describedby={describedBy}
      data-invalid={invalid || undefined}
    >
      {shown.map((option) => (
        <label key={option.id} className={styles.option}>
          <input
            type={item.repeats ? 'checkbox' : 'radio'}
            name={id}
            checked={chosen(option)}
            disabled={readOnly && !chosen(option)}
            aria-readonly={readOnly || undefined}
            onChange={(event) => {
              if (!readOnly) pick(option, event.target.checked)
            }}
          />
          <span>{option.label}</span>
        </label>
      ))}
      {folded && !readOnly && (
        <div>
          <Button look="quiet" slim icon="chevron" onClick={() => setWhole(true)}>
            {say('form.showOptions', { count: options.length })}
          </Button>
        </div>
      )}
      {item.allowsOther && !folded && (
        <Other
          id={id}
          value={other === undefined ? null : (other.valueString ?? other.valueCoding?.display ?? '')}
          single={!item.repeats}
          readOnly={readOnly}
          onChange={(words) => {
            const listed = item.answers.filter((given) => given !== other)
            const added = words === '' ? [] : [{ valueString: words }]
            give(item.repeats ? [...listed, ...added] : added)
          }}
        />
      )}
    </div>
  )
}

/** Past this many, only what is chosen is shown until somebody asks for the rest. */
const FOLD_PAST = 9

/** Few short options stand side by side. */
function isShort(options: readonly AnswerOption[]): boolean {
  return options.length <= 5 && options.reduce((length, { label }) => length + label.length, 0) <= 56
}

/** An answer in the person's own words. */
function Other({
  id,
  value,
  single,
  readOnly,
  onChange,
}: {
  id: string
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
        <span>{say('form.other')}</span>
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

function yesAndNo(say: Say): readonly AnswerOption[] {
  return [
    { ...buildOption({ valueBoolean: true }, 'yes', say('form.yes')), exclusive: true },
    { ...buildOption({ valueBoolean: false }, 'no', say('form.no')), exclusive: true },
  ]
}
