/** Groups as rows and their questions as columns: repetitions of one group (gtable), or groups beside each other (grid). */
import type { ReactNode } from 'react'
import { addRepetition, removeRepetition } from '#domain/dtr/form/form-edit.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { itemDomId } from './active-item.ts'
import { isDrawn, type BodyContext } from './body-context.ts'
import { columnWidth } from './column-width.ts'
import styles from './table.module.css'
import { useFormStore, useFormValue, useItem } from './form-store.ts'
import { Cell } from './table-cell.tsx'

/** Under this a table would have to scroll sideways: its questions stand under one another then. */
export const TABLE = '(min-width: 900px)'

interface GroupTableProps {
  readonly rows: readonly ItemKey[]
  readonly context: BodyContext
  readonly stacked: () => ReactNode
}

export function GroupTable({ rows, context, stacked }: GroupTableProps) {
  const roomy = useMediaQuery(TABLE)
  const store = useFormStore()
  const items = useFormValue(
    (state) => rows.flatMap((key) => state.items.get(key) ?? []),
    (before, after) => before.length === after.length && before.every((item, index) => item === after[index]),
  )
  const [first] = items
  const columns = (first?.children ?? []).flatMap((key) => store.read().items.get(key) ?? [])
  if (!roomy || first === undefined || !isTabular(items, columns, store.read().items)) return stacked()
  if (!items.some((item) => isDrawn(item, context))) return null
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <caption className={first.repetition === null ? styles.hidden : styles.caption}>{first.text}</caption>
        <thead>
          <tr>
            {first.repetition === null && <td />}
            {columns.map((column) => (
              <th key={column.linkId} scope="col" style={{ width: columnWidth(column.facts.width) }}>
                {column.facts.shortText ?? column.text}
                {column.facts.labels.unit[0] !== undefined && ` (${column.facts.labels.unit[0].text})`}
              </th>
            ))}
            {first.repetition !== null && !context.frozen && <td />}
          </tr>
        </thead>
        <tbody>
          {rows.map((key) => (
            <Row key={key} rowKey={key} columns={columns} context={context} />
          ))}
        </tbody>
      </table>
      {!context.frozen && <AddRow last={items.at(-1)} />}
    </div>
  )
}

/** Rows hold the same questions and nothing below them. */
function isTabular(
  rows: readonly ItemView[],
  columns: readonly ItemView[],
  items: ReadonlyMap<ItemKey, ItemView>,
): boolean {
  return (
    columns.length > 0 &&
    columns.length <= 8 &&
    columns.every(({ type, children }) => type !== 'group' && type !== 'display' && children.length === 0) &&
    rows.every(
      (row) =>
        row.type === 'group' &&
        row.children.length === columns.length &&
        row.children.every((key, index) => items.get(key)?.type === columns[index]?.type),
    )
  )
}

function Row({ rowKey, columns, context }: { rowKey: ItemKey; columns: readonly ItemView[]; context: BodyContext }) {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  const row = useItem(rowKey)
  if (!isDrawn(row, context)) return null
  const place = row.repetition
  const name = place === null ? row.text : say('form.repetition.title', { name: row.text, number: place.index + 1 })
  return (
    <tr id={itemDomId(row.key)} tabIndex={-1}>
      {place === null && <th scope="row">{row.text}</th>}
      {row.children.map((key, index) => (
        <Cell key={key} itemKey={key} context={context} rowName={name} columnName={columns[index]?.text ?? ''} />
      ))}
      {place !== null && !context.frozen && (
        <td className={styles.action}>
          {place.mayRemove && row.locked === null && (
            <Button
              look="quiet"
              slim
              icon="trash"
              aria-label={say('form.repetition.removeNamed', { title: name })}
              onClick={() => {
                store.edit((state, edit) => removeRepetition(state, row.key, edit))
                announce(say('form.repetition.removed', { title: name }))
              }}
            >
              {say('form.repetition.remove')}
            </Button>
          )}
        </td>
      )}
    </tr>
  )
}

function AddRow({ last }: { last: ItemView | undefined }) {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  if (last?.repetition?.mayAdd !== true || last.locked !== null) return null
  return (
    <p className={styles.add}>
      <Button
        slim
        icon="plus"
        onClick={() => {
          store.edit((state, edit) => addRepetition(state, last.key, edit))
          announce(say('form.repetition.added', { name: last.text }))
        }}
      >
        {say('form.repetition.add', { name: last.text })}
      </Button>
    </p>
  )
}
