/** Which native control answers which item: the form's item control where it names one, else by type and number of options. */
import { Suspense, lazy } from 'react'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import styles from '../fields.module.css'
import { AttachmentField } from './attachment-field.tsx'
import { endOf } from './bounds.ts'
import { ChoiceTable } from './choice-table.tsx'
import { DateField } from './date-field.tsx'
import { Options } from './options.tsx'
import { QuantityField } from './quantity-field.tsx'
import { ReferenceField } from './reference-field.tsx'
import { SelectField } from './select-field.tsx'
import { SliderField } from './slider-field.tsx'
import { SpinnerField } from './spinner-field.tsx'
import { TextField } from './text-field.tsx'
import { ValueList } from './value-list.tsx'

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

export type Kind =
  | 'options'
  | 'table'
  | 'select'
  | 'search'
  | 'quantity'
  | 'text'
  | 'date'
  | 'slider'
  | 'spinner'
  | 'list'
  | 'attachment'
  | 'reference'

/** The kind of control an item gets. */
export function controlKind(item: ItemView): Kind {
  switch (item.type) {
    case 'boolean':
      return 'options'
    case 'choice':
    case 'open-choice':
      return choiceKind(item)
    case 'quantity':
      return item.repeats ? 'list' : isSlider(item) ? 'slider' : 'quantity'
    case 'attachment':
      return 'attachment'
    case 'reference':
      return 'reference'
    default:
      return item.options.length > 0 || item.expansion !== 'given' ? choiceKind(item) : typedKind(item)
  }
}

/** What is typed. A question that takes several such values gets a field for each. */
function typedKind(item: ItemView): Kind {
  if (item.repeats) return 'list'
  if (item.type === 'date' || item.type === 'dateTime') return 'date'
  if (item.type === 'integer' || item.type === 'decimal') {
    if (isSlider(item)) return 'slider'
    if (item.facts.controls.includes('spinner')) return 'spinner'
  }
  return 'text'
}

/** A slider needs both ends. */
function isSlider({ facts, limits }: ItemView): boolean {
  return facts.controls.includes('slider') && endOf(limits.minValue) !== null && endOf(limits.maxValue) !== null
}

const ROWS_OF_OPTIONS: ReadonlySet<string> = new Set(['radio-button', 'check-box', 'atable'])

function choiceKind(item: ItemView): Kind {
  const { controls } = item.facts
  if (item.expansion !== 'given' && item.options.length === 0) return 'search'
  if (controls.includes('autocomplete') || controls.includes('lookup')) return 'search'
  if (item.options.length === 0) return item.repeats ? 'list' : 'text'
  if (item.facts.choiceColumns.length > 0 && item.options.length <= SELECT_LIMIT) return 'table'
  if (controls.some((control) => ROWS_OF_OPTIONS.has(control))) return 'options'
  if (item.repeats) return item.options.length > SELECT_LIMIT ? 'search' : 'options'
  if (item.options.length > SELECT_LIMIT) return 'search'
  if (controls.includes('drop-down')) return item.allowsOther ? 'search' : 'select'
  return item.options.length <= RADIO_LIMIT ? 'options' : item.allowsOther ? 'search' : 'select'
}

const GROUPS: ReadonlySet<Kind> = new Set<Kind>(['options', 'table', 'attachment', 'reference', 'list'])

/** Whether the control is several inputs, so that its question is a group with a name. */
export function isGroupControl(item: ItemView): boolean {
  return GROUPS.has(controlKind(item))
}

export function Control(props: ControlProps) {
  switch (controlKind(props.item)) {
    case 'options':
      return <Options {...props} />
    case 'table':
      return <ChoiceTable {...props} />
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
    case 'slider':
      return <SliderField {...props} />
    case 'spinner':
      return <SpinnerField {...props} />
    case 'date':
      return <DateField {...props} />
    case 'list':
      return <ValueList {...props} />
    case 'attachment':
      return <AttachmentField {...props} />
    case 'reference':
      return <ReferenceField {...props} />
    case 'text':
      return <TextField {...props} />
  }
}
