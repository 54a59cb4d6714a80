/** The figures of a form, as a whole and by its outermost groups: what there is to answer, what is answered, by whom. */
import { isShownQuestion, type FormState, type ItemView } from './form-state.ts'
import type { ItemKey } from '../item/item-key.ts'

export interface FormCounts {
  /** Questions that are shown: enabled, not hidden, no group, no display. */
  readonly questions: number
  readonly answered: number
  readonly fromChart: number
  readonly computed: number
  readonly fromPayer: number
  readonly edited: number
  readonly entered: number
  readonly missing: number
  readonly toConfirm: number
  readonly invalid: number
  /** Questions with anything in `needs`: missing + toConfirm + invalid. */
  readonly needsYou: number
}

export interface SectionView extends FormCounts {
  readonly key: ItemKey
  readonly text: string
  readonly enabled: boolean
}

/** The figures of the form and of its parts; of the parts those that are not hidden, in form order. */
export interface FormFigures {
  readonly form: FormCounts
  readonly sections: readonly SectionView[]
}

type Tally = { -readonly [figure in keyof FormCounts]: number }

const nothing = (): Tally => ({
  questions: 0,
  answered: 0,
  fromChart: 0,
  computed: 0,
  fromPayer: 0,
  edited: 0,
  entered: 0,
  missing: 0,
  toConfirm: 0,
  invalid: 0,
  needsYou: 0,
})

const NEEDED = { answer: 'missing', confirmation: 'toConfirm', correction: 'invalid' } as const
const GIVEN_BY = { chart: 'fromChart', computed: 'computed', payer: 'fromPayer', person: 'entered' } as const

/** Adds one item to the figures. */
function tell(tally: Tally, item: ItemView): void {
  if (item.needs !== null) {
    tally[NEEDED[item.needs]] += 1
    tally.needsYou += 1
  }
  if (!isShownQuestion(item)) return
  tally.questions += 1
  if (item.answers.length === 0) return
  tally.answered += 1
  const { origin } = item
  if (origin?.source === 'override') tally.edited += 1
  else if (origin !== null) tally[GIVEN_BY[origin.kind]] += 1
}

/** Counts the whole form in one go: it is done anew with every edit. */
export function readFigures(state: Pick<FormState, 'roots' | 'items'>): FormFigures {
  const form = nothing()
  const sections: SectionView[] = []
  const count = (key: ItemKey, tally: Tally): void => {
    const item = state.items.get(key)
    if (item === undefined) return
    tell(tally, item)
    for (const child of item.children) count(child, tally)
  }
  for (const key of state.roots) {
    const tally = nothing()
    count(key, tally)
    for (const figure of FIGURES) form[figure] += tally[figure]
    const root = state.items.get(key)
    if (root !== undefined && !root.hidden) sections.push({ key, text: root.text, enabled: root.enabled, ...tally })
  }
  return { form, sections }
}

/** The figures of the whole form. */
export function counts(state: Pick<FormState, 'roots' | 'items'>): FormCounts {
  return readFigures(state).form
}

const FIGURES = Object.keys(nothing()) as (keyof FormCounts)[]
