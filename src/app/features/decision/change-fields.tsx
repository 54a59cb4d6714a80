/** What a person changes: amounts and dates of lines, lines left out or added, documents, and a word to the payer. */
import type { CaseChange, ChangeView } from '#domain/contract/change.ts'
import { Amount, period } from '../../components/line-table.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Line = ChangeView['lines'][number]
type Edit = CaseChange['edits'][number]

export interface FieldsProps {
  readonly view: ChangeView
  readonly change: CaseChange
  readonly onChange: (change: CaseChange) => void
}

/** A list with this one in it, once, or without it. */
const toggled = <T,>(list: readonly T[], one: T, on: boolean): T[] => [
  ...list.filter((other) => other !== one),
  ...(on ? [one] : []),
]

export function ChangeFields({ view, change, onChange }: FieldsProps) {
  const say = useSay()
  return (
    <>
      {view.lines
        .filter(({ changeable }) => changeable)
        .map((line) => (
          <LineFields key={line.sequence} line={line} change={change} onChange={onChange} />
        ))}
      <AddedOrders view={view} change={change} onChange={onChange} />
      <AddedDocuments view={view} change={change} onChange={onChange} />
      <label className={styles.label}>
        {say('change.message')}
        <textarea
          className={styles.textarea}
          rows={2}
          maxLength={264}
          value={change.message ?? ''}
          onChange={(event) => onChange({ ...change, message: event.target.value === '' ? null : event.target.value })}
        />
      </label>
    </>
  )
}

function LineFields({ line, change, onChange }: { line: Line } & Pick<FieldsProps, 'change' | 'onChange'>) {
  const say = useSay()
  const { sequence } = line
  const edit = change.edits.find((one) => one.sequence === sequence) ?? {
    sequence,
    quantity: null,
    start: null,
    end: null,
  }
  const isCancelled = change.cancelled.includes(sequence)
  const takesOrder = change.fromOrder.includes(sequence)
  const set = (values: Partial<Edit>): void => {
    const next = { ...edit, ...values }
    const others = change.edits.filter((one) => one.sequence !== sequence)
    const isEmpty = next.quantity === null && next.start === null && next.end === null
    onChange({ ...change, edits: isEmpty ? others : [...others, next] })
  }
  /** One fate a line: left out, as its order says, or by hand. */
  const choose = (list: 'cancelled' | 'fromOrder', on: boolean): void =>
    onChange({
      ...change,
      edits: change.edits.filter((one) => one.sequence !== sequence),
      cancelled: toggled(change.cancelled, sequence, on && list === 'cancelled'),
      fromOrder: toggled(change.fromOrder, sequence, on && list === 'fromOrder'),
    })
  const changed = (value: string, kept: string | null): string | null => (value === '' || value === kept ? null : value)
  return (
    <fieldset className={styles.recordLine}>
      <legend>{`${String(sequence)}. ${line.title}`}</legend>
      {line.order !== null && (
        <label className={styles.radio}>
          <input type="checkbox" checked={takesOrder} onChange={(event) => choose('fromOrder', event.target.checked)} />
          <span>
            {say('change.line.fromOrder')} <OrderFacts facts={line.order} />
          </span>
        </label>
      )}
      {!isCancelled && !takesOrder && (
        <div className={styles.changeInputs}>
          <label>
            {say('line.asked')}
            <input
              className={styles.input}
              inputMode="decimal"
              pattern="[0-9]{1,9}([.][0-9]{1,3})?"
              defaultValue={edit.quantity ?? line.asked?.value ?? ''}
              onChange={(event) => set({ quantity: changed(event.target.value.trim(), line.asked?.value ?? null) })}
            />
          </label>
          <label>
            {say('change.line.start')}
            <input
              type="date"
              className={styles.input}
              defaultValue={edit.start ?? line.start ?? ''}
              onChange={(event) => set({ start: changed(event.target.value, line.start) })}
            />
          </label>
          <label>
            {say('change.line.end')}
            <input
              type="date"
              className={styles.input}
              defaultValue={edit.end ?? line.end ?? ''}
              onChange={(event) => set({ end: changed(event.target.value, line.end) })}
            />
          </label>
        </div>
      )}
      <label className={styles.radio}>
        <input type="checkbox" checked={isCancelled} onChange={(event) => choose('cancelled', event.target.checked)} />
        <span>{say('change.line.cancel')}</span>
      </label>
    </fieldset>
  )
}

function OrderFacts({ facts }: { facts: NonNullable<Line['order']> }) {
  const say = useSay()
  const formats = useFormats()
  const dates = period(facts.start, facts.end, formats, say)
  return (
    <span className={text.muted}>
      {facts.code} · <Amount amount={facts.asked} />
      {dates !== null && ` · ${dates}`}
    </span>
  )
}

function AddedOrders({ view, change, onChange }: FieldsProps) {
  const say = useSay()
  const sayMessage = useSayMessage()
  if (view.orders.length === 0) return null
  return (
    <fieldset className={styles.recordLine}>
      <legend>{say('change.orders')}</legend>
      <div className={styles.choices}>
        {view.orders.map(({ orderRef, title, problem, ...facts }) => (
          <label key={orderRef} className={styles.radio}>
            <input
              type="checkbox"
              disabled={problem !== null}
              checked={change.added.includes(orderRef)}
              onChange={(event) =>
                onChange({ ...change, added: toggled(change.added, orderRef, event.target.checked) })
              }
            />
            <span>
              {title} <OrderFacts facts={facts} />
              {problem !== null && <span className={styles.missing}> {sayMessage(problem)}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function AddedDocuments({ view, change, onChange }: FieldsProps) {
  const say = useSay()
  const formats = useFormats()
  if (view.documents.length === 0) return null
  return (
    <fieldset className={styles.recordLine}>
      <legend>{say('change.documents')}</legend>
      <div className={styles.choices}>
        {view.documents.map(({ reference, title, date }) => (
          <label key={reference} className={styles.radio}>
            <input
              type="checkbox"
              checked={change.documents.includes(reference)}
              onChange={(event) =>
                onChange({ ...change, documents: toggled(change.documents, reference, event.target.checked) })
              }
            />
            <span>
              {title}
              {date !== null && `, ${formats.date(date)}`}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
