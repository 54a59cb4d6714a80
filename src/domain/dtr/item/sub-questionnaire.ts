/** The part of a modular form that an item stands for: SDC's extension, or the one that public rule sets wrote before it. */
import type { QuestionnaireItem } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'

/** Its canonical or relative reference; null where the item stands for none. */
export function readSubQuestionnaire(item: QuestionnaireItem): string | null {
  const found = readExtension(item, EXT.subQuestionnaire) ?? readExtension(item, EXT.legacySubQuestionnaire)
  return found?.valueCanonical ?? null
}
