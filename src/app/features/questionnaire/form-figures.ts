/** The form's figures as the frame around the questions shows them; the same object as long as no figure moves. */
import { counts, listSections, type FormCounts, type FormState, type SectionView } from '#domain/dtr/form/form-state.ts'
import { useFormValue } from './form-store.ts'
import { rootsInPlace } from './shown-items.ts'

export function useFigures(): FormCounts {
  return useFormValue(countsOf, isSameRecord)
}

/** Several components ask for the figures of one state. */
const COUNTED = new WeakMap<FormState, FormCounts>()

function countsOf(state: FormState): FormCounts {
  const figures = COUNTED.get(state) ?? counts(state)
  COUNTED.set(state, figures)
  return figures
}

export function useSections(): readonly SectionView[] {
  return useFormValue(
    shownSections,
    (before, after) =>
      before.length === after.length && before.every((section, index) => isSameRecord(section, after[index])),
  )
}

function shownSections(state: FormState): readonly SectionView[] {
  const place = new Map(rootsInPlace(state).map((key, index) => [key, index]))
  return listSections(state)
    .filter(({ enabled }) => enabled)
    .sort((one, other) => (place.get(one.key) ?? 0) - (place.get(other.key) ?? 0))
}

function isSameRecord<T extends object>(before: T, after: T | undefined): boolean {
  return after !== undefined && Object.entries(before).every(([name, value]) => after[name as keyof T] === value)
}
