/** Which of a form's faults are the payer's to mend: told by `$log-questionnaire-errors`. A search that failed is not. */
import type { Library, Questionnaire } from 'fhir/r4'
import type { FormMeta } from '../../contract/form.ts'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import type { Message } from '../../result.ts'
import type { FormProblem } from '../package/error-log.ts'
import { linkIdOf } from '../item/item-key.ts'

/** Reasons of lookups, by what they say of the form's logic. */
const KIND_OF_REASON: Readonly<Record<string, FormProblem['kind']>> = {
  'form.lookup.malformed-expression': 'syntax',
  'form.lookup.cql-malformed': 'syntax',
  'form.lookup.cql-untranslated': 'syntax',
  'form.lookup.cql-other-model': 'syntax',
  'form.lookup.cql-stopped': 'syntax',
  'form.lookup.expression-error': 'execution',
  'form.lookup.failed-function': 'execution',
  'form.lookup.single-value': 'execution',
  'form.lookup.not-a-search': 'execution',
  'form.lookup.empty-parameter': 'execution',
  'form.lookup.unsearchable-value': 'execution',
  'form.lookup.context-unnamed': 'execution',
  'form.lookup.cycle': 'execution',
  'form.lookup.cql-timeout': 'execution',
  'form.lookup.cql-memory': 'execution',
  'form.lookup.cql-too-much': 'execution',
  'form.lookup.cql-unsearchable': 'execution',
  'form.lookup.cql-several': 'execution',
  'form.lookup.cql-unit': 'execution',
  'form.lookup.cql-unordered': 'execution',
  'form.lookup.cql-no-define': 'execution',
  'form.lookup.cql-several-libraries': 'execution',
  'form.lookup.cql-no-library': 'missing-library',
  'form.lookup.cql-value-set': 'missing-value-set',
}

/** What a lookup's reason says of the form's logic; undefined where it says nothing of it. */
export const kindOfReason = ({ key }: Pick<Message, 'key'>): FormProblem['kind'] | undefined => KIND_OF_REASON[key]

/** Expressions that could not be run, by link id: never a value, never a query. */
export function listExpressionProblems({ lookups }: FormMeta): FormProblem[] {
  return Object.entries(lookups).flatMap(([key, { reason }]): FormProblem[] => {
    const kind = reason === null ? undefined : kindOfReason(reason)
    if (kind === undefined) return []
    // A name in the form's own logic. Of a search by patient nothing is named.
    const name = reason?.params?.['name'] ?? reason?.params?.['canonical']
    return [{ kind, linkId: linkIdOf(key), library: typeof name === 'string' ? name : null }]
  })
}

const bare = (canonical: string): string => canonical.split('|')[0] ?? canonical

/**
 * Libraries that the form names, or that those depend on, and that the package does not bring. Libraries that depend on each
 * other in a circle are each looked at once.
 */
export function listMissingLibraries(questionnaire: Questionnaire, libraries: readonly Library[]): string[] {
  const missing = new Set<string>()
  const seen = new Set<Library>()
  const visit = (canonical: string): void => {
    const library = findLibrary(libraries, canonical)
    if (library === undefined) {
      missing.add(canonical)
      return
    }
    if (seen.has(library)) return
    seen.add(library)
    const dependencies = Array.isArray(library.relatedArtifact) ? library.relatedArtifact : []
    for (const { type, resource } of dependencies)
      if (type === 'depends-on' && typeof resource === 'string' && isLibrary(resource)) visit(resource)
  }
  for (const { valueCanonical } of readExtensions(questionnaire, EXT.cqfLibrary))
    if (valueCanonical !== undefined) visit(valueCanonical)
  return [...missing]
}

/** Libraries depend on value sets, code systems and model definitions, too, which need not come. */
const isLibrary = (canonical: string): boolean => /(^|\/)Library\//.test(canonical) && !/fhir-ModelInfo/.test(canonical)

function findLibrary(libraries: readonly Library[], canonical: string): Library | undefined {
  const url = bare(canonical)
  const tail = url.split('/').at(-1)
  return (
    libraries.find((library) => library.url === url) ??
    libraries.find((library) => library.id !== undefined && `Library/${library.id}` === url) ??
    libraries.find((library) => library.id === tail || library.name === tail)
  )
}
