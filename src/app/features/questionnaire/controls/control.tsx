/** Which native control answers which item: the form's item control where it names one, else by type and number of options. */
import { Suspense, lazy } from 'react'
import type { ItemView } from '#domain/dtr/form-state.ts'
import styles from '../fields.module.css'
import { AttachmentList } from './attachment-list.tsx'
import { Options } from './options.tsx'
import { QuantityField } from './quantity-field.tsx'
import { SelectField } from './select-field.tsx'
import { TextField } from './text-field.tsx'

// react-aria is large: it comes only with the first question that searches a long list.
const SearchField = lazy(async () => ({ default: (await import('./search-field.tsx')).SearchField }))

export interface ControlProps {
  readonly item: ItemView
  readonly id: string
  readonly readOnly: boolean
  readonly describedBy: string | undefined
  readonly invalid: boolean
}

const RADIO_LIMIT = 7
const SELECT_LIMIT = 30

type Kind = 'options' | 'select' | 'search' | 'quantity' | 'text' | 'attachment'

/** The kind of control an item gets. */
export function controlKind(item: ItemView): Kind {
  switch (item.type) {
    case 'boolean':
      return 'options'
    case 'choice':
    case 'open-choice':
      return choiceKind(item)
    case 'quantity':
      return 'quantity'
    case 'attachment':
    case 'reference':
      return 'attachment'
    default:
      return item.options.length > 0 ? choiceKind(item) : 'text'
  }
}

function choiceKind(item: ItemView): Kind {
  if (item.control === 'autocomplete' || item.control === 'lookup') return 'search'
  if (item.control === 'radio-button' || item.control === 'check-box' || item.repeats) return 'options'
  if (item.options.length > SELECT_LIMIT) return item.repeats ? 'options' : 'search'
  if (item.control === 'drop-down') return item.allowsOther ? 'search' : 'select'
  return item.options.length <= RADIO_LIMIT ? 'options' : item.allowsOther ? 'search' : 'select'
}

/** Whether the control is several inputs, so that its question is a fieldset with a legend. */
export function isGroupControl(item: ItemView): boolean {
  const kind = controlKind(item)
  return kind === 'options' || kind === 'attachment'
}

export function Control(props: ControlProps) {
  switch (controlKind(props.item)) {
    case 'options':
      return <Options {...props} />
    case 'select':
      return <SelectField {...props} />
    case 'search':
      return (
        <Suspense fallback={<span className={styles.fieldWaiting} />}>
          <SearchField {...props} />
        </Suspense>
      )
    case 'quantity':
      return <QuantityField {...props} />
    case 'attachment':
      return <AttachmentList {...props} />
    case 'text':
      return <TextField {...props} />
  }
}
