import type { FormState } from '#domain/dtr/form-state.ts'

/** The words of the questions behind link ids, each once, in form order; a link id the form does not show is left out. */
export function namesOf(state: FormState, linkIds: readonly string[]): string[] {
  if (linkIds.length === 0) return []
  const wanted = new Set(linkIds)
  const names = [...state.items.values()]
    .filter((item) => wanted.has(item.linkId) && item.text !== '')
    .map((item) => item.text)
  return [...new Set(names)]
}
