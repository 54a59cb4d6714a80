import { useState } from 'react'
import { isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Answer, AnswerOption, ItemView } from '#domain/dtr/form/form-state.ts'
import { buildOption } from '#domain/dtr/item/item-options.ts'
import { useSay, type Say } from '../../../i18n/use-say.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/cx.ts'
import { StyledText } from '../../../ui/styled-text.tsx'
import { useFormStore } from '../form-store.ts'
import styles from '../fields.module.css'
import { Media } from '../media.tsx'
import type { ControlProps } from './control.tsx'
import { OtherAnswer } from './other-answer.tsx'

/** Yes and no, radio buttons, or ticks where several answers are allowed; with a field of its own for another answer. */
export function Options({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const { options, chosen, pick, other, giveOther } = useChoices(item, say)
  const [whole, setWhole] = useState(false)
  const folded = !whole && options.length > FOLD_PAST
  const shown = folded ? options.filter(chosen) : options
  const columns = item.facts.columnCount
  return (
    <div
      className={cx(
        styles.options,
        isRow(item, options) && styles.optionsRow,
        columns !== null && columns > 1 && styles.optionsColumns,
      )}
      style={columns !== null && columns > 1 ? { columnCount: Math.min(columns, 4) } : undefined}
      aria-describedby={describedBy}
      data-invalid={invalid || undefined}
    >
      {shown.map((option) => {
        const off = item.optionsDisabled.includes(option.id)
        return (
          <label key={option.id} className={cx(styles.option, off && styles.optionOff)}>
            <input
              type={item.repeats ? 'checkbox' : 'radio'}
              name={id}
              checked={chosen(option)}
              disabled={(readOnly || off) && !chosen(option)}
              onChange={(event) => {
                if (!readOnly) pick(option, event.target.checked)
              }}
            />
            <OptionWords option={option} />
          </label>
        )
      })}
      {folded && !readOnly && (
        <div>
          <Button look="quiet" slim icon="chevron" onClick={() => setWhole(true)}>
            {say('form.showOptions', { count: options.length })}
          </Button>
        </div>
      )}
      {item.allowsOther && !folded && (
        <OtherAnswer item={item} id={id} other={other} readOnly={readOnly} onChange={giveOther} />
      )}
    </div>
  )
}

/** Words alone need no element around them. */
function OptionWords({ option }: { option: AnswerOption }) {
  if (option.prefix === null && option.media === null && option.styled.xhtml === null && option.styled.style === null)
    return option.label
  return (
    <span>
      {option.prefix !== null && <span className={styles.optionPrefix}>{option.prefix} </span>}
      <StyledText words={{ ...option.styled, text: option.label }} />
      {option.media !== null && <Media media={option.media} name={option.label} small />}
    </span>
  )
}

/** The options of a question with what picking one does: an exclusive one clears the others. */
export function useChoices(item: ItemView, say: Say) {
  const store = useFormStore()
  const options = item.type === 'boolean' && item.options.length === 0 ? yesAndNo(say) : item.options
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
  const giveOther = (words: string): void => {
    const listed = item.answers.filter((given) => given !== other)
    const added = words === '' ? [] : [{ valueString: words }]
    give(item.repeats ? [...listed, ...added] : added)
  }
  return { options, chosen, pick, other, giveOther }
}

/** Past this many, only what is chosen is shown until somebody asks for the rest. */
const FOLD_PAST = 9

/** Few short options stand side by side, unless the form says how they stand. */
function isRow({ facts, allowsOther }: ItemView, options: readonly AnswerOption[]): boolean {
  if (facts.orientation !== null) return facts.orientation === 'horizontal'
  if (facts.controls.includes('atable')) return true
  return !allowsOther && options.length <= 5 && options.reduce((length, { label }) => length + label.length, 0) <= 56
}

function yesAndNo(say: Say): readonly AnswerOption[] {
  return [
    { ...buildOption({ valueBoolean: true }, 'yes', say('form.yes')), exclusive: true },
    { ...buildOption({ valueBoolean: false }, 'no', say('form.no')), exclusive: true },
  ]
}
