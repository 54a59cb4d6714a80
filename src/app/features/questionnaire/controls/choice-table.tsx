/** Options whose values have several parts, as a table: a row to pick, a column for each part (SDC choiceColumn). */
import { readChoiceRows } from '#domain/dtr/item/choice-columns.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../../i18n/use-say.ts'
import { columnWidth } from '../column-width.ts'
import fields from '../fields.module.css'
import { useFormValue } from '../form-store.ts'
import styles from '../table.module.css'
import type { ControlProps } from './control.tsx'
import { OtherAnswer } from './other-answer.tsx'
import { useChoices } from './options.tsx'

const evaluatorOf = (state: FormState) => state.setting

export function ChoiceTable({ item, id, readOnly, describedBy, invalid }: ControlProps) {
  const say = useSay()
  const setting = useFormValue(evaluatorOf)
  const { chosen, pick, other, giveOther } = useChoices(item, say)
  const rows = readChoiceRows(item, setting) ?? []
  return (
    <div aria-describedby={describedBy} data-invalid={invalid || undefined}>
      <div className={styles.scrolled}>
        <table className={styles.table}>
          <caption className={styles.hidden}>{item.text}</caption>
          <thead>
            <tr>
              <td />
              {item.facts.choiceColumns.map(({ label, path, width }, index) => (
                <th key={index} scope="col" style={{ width: columnWidth(width) }}>
                  {label ?? path ?? ''}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ option, cells, name }) => {
              const off = item.optionsDisabled.includes(option.id)
              return (
                <tr key={option.id}>
                  <td className={styles.choice}>
                    <input
                      type={item.repeats ? 'checkbox' : 'radio'}
                      name={id}
                      id={`${id}-${option.id}`}
                      aria-label={name}
                      checked={chosen(option)}
                      disabled={(readOnly || off) && !chosen(option)}
                      onChange={(event) => {
                        if (!readOnly) pick(option, event.target.checked)
                      }}
                    />
                  </td>
                  {cells.map((cell, index) => (
                    <td key={index}>
                      <label htmlFor={`${id}-${option.id}`} className={off ? fields.optionOff : undefined}>
                        {cell}
                      </label>
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {item.allowsOther && <OtherAnswer item={item} id={id} other={other} readOnly={readOnly} onChange={giveOther} />}
    </div>
  )
}
