import { useId } from 'react'
import { useSay } from '../../i18n/use-say.ts'
import { originLook, OriginTag } from '../../components/origin-tag.tsx'
import { cx } from '../../ui/cx.ts'
import text from '../../ui/text.module.css'
import { itemDomId, useActiveItemStore, useActivity } from './active-item.ts'
import { isDrawn, takesNone, type ItemProps } from './body-context.ts'
import { Control } from './controls/control.tsx'
import { useItem } from './form-store.ts'
import { Faults, isInvalid, shownFaults } from './question.tsx'
import styles from './table.module.css'

/** A question as a cell: row and column name it; its origin stands under it, its evidence in the pane. */
export function Cell({ itemKey, context, rowName, columnName }: ItemProps & { rowName: string; columnName: string }) {
  const say = useSay()
  const id = useId()
  const item = useItem(itemKey)
  const { activate } = useActiveItemStore()
  const activity = useActivity(itemKey)
  if (!isDrawn(item, context)) return <td className={styles.empty} />
  const faults = shownFaults(item)
  const missing = item.required && item.answers.length === 0
  return (
    <td
      id={itemDomId(item.key)}
      data-item={item.linkId}
      data-needs={item.needs ?? undefined}
      className={cx(activity !== 'none' && styles.active)}
      onFocus={() => activate(item.key)}
    >
      <label htmlFor={id} className={text.hidden}>
        {say('form.cell', { row: rowName, column: columnName })}
      </label>
      <Control
        item={item}
        id={id}
        readOnly={takesNone(item, context)}
        describedBy={faults.length > 0 ? `${id}-faults` : undefined}
        invalid={isInvalid(faults)}
      />
      {missing && <p className={styles.required}>{say('form.required')}</p>}
      {item.answers.length > 0 && item.origin !== null && (
        <p className={styles.origin}>
          <OriginTag look={originLook(item.origin)} />
        </p>
      )}
      <Faults id={`${id}-faults`} faults={faults} />
    </td>
  )
}
