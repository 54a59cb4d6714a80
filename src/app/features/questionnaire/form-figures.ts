/** The form's figures as the frame around the questions shows them; the same object as long as no figure moves. */
import { readFigures, type FormCounts, type FormFigures, type SectionView } from '#domain/dtr/form/form-figures.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { useFormValue } from './form-store.ts'
import { rootsInPlace } from './shown-items.ts'

/** Several components ask for the figures of one state. */
const READ = new WeakMap<FormState, FormFigures>()

function figuresOf(state: FormState): FormFigures {
  const figures = READ.get(state) ?? readFigures(state)
  READ.set(state, figures)
  return figures
}

const countsOf = (state: FormState): FormCounts => figuresOf(state).form

export function useFigures(): FormCounts {
  return useFormValue(countsOf, (before, after) =>
    Object.entries(before).every(([name, value]) => after[name as keyof FormCounts] === value),
  )
}

/** What the list of sections says of one. */
export type SectionRow = Pick<SectionView, 'key' | 'text' | 'needsYou'>

export function useSections(): readonly SectionRow[] {
  return useFormValue(
    shownSections,
    (before, after) =>
      before.length === after.length && before.every((section, index) => isSameRow(section, after[index])),
  )
}

function shownSections(state: FormState): readonly SectionRow[] {
  const shown = figuresOf(state).sections.filter(({ enabled }) => enabled)
  const roots = rootsInPlace(state)
  if (roots === state.roots) return shown
  const place = new Map(roots.map((key, index) => [key, index]))
  return shown.sort((one, other) => (place.get(one.key) ?? 0) - (place.get(other.key) ?? 0))
}

function isSameRow(before: SectionRow, after: SectionRow | undefined): boolean {
  return before.key === after?.key && before.text === after.text && before.needsYou === after.needsYou
}
