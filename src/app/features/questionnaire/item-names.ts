import type { FormModel } from '#domain/dtr/form-model.ts'

/** The words of the questions behind link ids, each once, in form order; a link id the form does not know is left out. */
export function namesOf(model: FormModel, linkIds: readonly string[]): string[] {
  if (linkIds.length === 0) return []
  const wanted = new Set(linkIds)
  const names = [...model.definitions.values()]
    .filter(({ linkId, text }) => wanted.has(linkId) && text !== '')
    .map(({ text }) => text)
  return [...new Set(names)]
}
