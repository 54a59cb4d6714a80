/** Choice questions that share their answers, as one table: a question a row (htable), or a question a column (table). */
import type { ReactNode } from 'react'
import type { AnswerOption, ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { useSay } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { itemDomId, useActiveItemStore } from './active-item.ts'
import { isDrawn, takesNone, type BodyContext } from './body-context.ts'
import { useChoices } from './controls/options.tsx'
import { useFormStore, useItem } from './form-store.ts'
import { TABLE } from './group-table.tsx'
import styles from './table.module.css'

interface OptionTableProps {
  readonly item: ItemView
  readonly context: BodyContext
  /** Questions as columns. */
  readonly upright: boolean
  readonly stacked: () => ReactNode
}

export function OptionTable({ item, context, upright, stacked }: OptionTableProps) {
  const roomy = useMediaQuery(TABLE)
  const { items } = useFormStore().read()
  const questions = item.children.flatMap((key) => items.get(key) ?? [])
  const options = questions[0]?.options ?? []
  if (!roomy || !share(questions, options)) return stacked()
  return (
    <div className={styles.frame}>
      <table className={cx(styles.table, !upright && styles.even)}>
        <caption className={styles.hidden}>{item.text}</caption>
        <thead>
          <tr>
            <td />
            {(upright ? questions.map(({ text }) => text) : options.map(({ label }) => label)).map((name, index) => (
              <th key={index} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {upright
            ? options.map((option) => (
                <tr key={option.id}>
                  <th scope="row">{option.label}</th>
                  {item.children.map((key) => (
                    <Choice key={key} itemKey={key} option={option} context={context} first={option === options[0]} />
                  ))}
                </tr>
              ))
            : item.children.map((key) => <QuestionRow key={key} itemKey={key} options={options} context={context} />)}
        </tbody>
      </table>
    </div>
  )
}

function share(questions: readonly ItemView[], options: readonly AnswerOption[]): boolean {
  const labels = options.map(({ label }) => label).join('\n')
  return (
    options.length > 0 &&
    options.length <= 8 &&
    questions.every(
      (question) =>
        question.options.map(({ label }) => label).join('\n') === labels &&
        question.children.length === 0 &&
        !question.allowsOther,
    )
  )
}

function QuestionRow({
  itemKey,
  options,
  context,
}: {
  itemKey: ItemKey
  options: readonly AnswerOption[]
  context: BodyContext
}) {
  const say = useSay()
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  return (
    <tr id={itemDomId(item.key)} tabIndex={-1} data-item={item.linkId} data-needs={item.needs ?? undefined}>
      <th scope="row">
        {item.text}
        {item.required && item.answers.length === 0 && <p className={styles.required}>{say('form.required')}</p>}
      </th>
      {options.map((option) => (
        <Choice key={option.id} itemKey={itemKey} option={option} context={context} first={false} />
      ))}
    </tr>
  )
}

function Choice({
  itemKey,
  option,
  context,
  first,
}: {
  itemKey: ItemKey
  option: AnswerOption
  context: BodyContext
  /** The cell that stands for its question, where no row does. */
  first: boolean
}) {
  const say = useSay()
  const item = useItem(itemKey)
  const { activate } = useActiveItemStore()
  if (!isDrawn(item, context)) return <td className={styles.empty} />
  return (
    <td
      {...(first ? { id: itemDomId(item.key), 'data-item': item.linkId, 'data-needs': item.needs ?? undefined } : {})}
      className={styles.choice}
      onFocus={() => activate(item.key)}
    >
      <ChoiceInput
        item={item}
        option={option}
        frozen={context.frozen}
        name={say('form.cell', { row: item.text, column: option.label })}
      />
    </td>
  )
}

function ChoiceInput({
  item,
  option,
  frozen,
  name,
}: {
  item: ItemView
  option: AnswerOption
  frozen: boolean
  name: string
}) {
  const say = useSay()
  const { chosen, pick } = useChoices(item, say)
  const readOnly = takesNone(item, { frozen }) || item.optionsDisabled.includes(option.id)
  return (
    <input
      type={item.repeats ? 'checkbox' : 'radio'}
      name={itemDomId(item.key)}
      aria-label={name}
      checked={chosen(option)}
      disabled={readOnly && !chosen(option)}
      onChange={(event) => {
        if (!readOnly) pick(option, event.target.checked)
      }}
    />
  )
}
