import type { FormModel } from '#domain/dtr/form/form-model.ts'

/** The words of the questions behind link ids, each once, in their order; a link id the form does not know is left out. */
export function namesOf(model: FormModel, linkIds: readonly string[]): string[] {
  const names = linkIds.map((linkId) => model.definitions.get(linkId)?.text ?? '').filter((text) => text !== '')
  return [...new Set(names)]
}
