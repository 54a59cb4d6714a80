/**
 * SDC sourceQueries: a batch Bundle of searches that comes with the form. Expressions see what the batch would answer, under
 * the id of the Bundle (`%PrePopQuery.entry[0].resource`). SDC describes it for StructureMaps; its own FHIRPath example reads
 * it so. Only a contained Bundle is read: nothing is fetched from where a form points.
 */
import type { Bundle, Expression, Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import { listOf } from '../../fhir/list.ts'
import { LANGUAGE } from '../expression/expression.ts'

export interface SourceQueries {
  /** What expressions call it. */
  readonly name: string
  /** One for each entry of the batch, in its order. */
  readonly queries: readonly SourceQuery[]
}

export interface SourceQuery {
  /** Name under which the answer is kept: unique in the form. */
  readonly key: string
  /** null for an entry that asks for something else than a search. */
  readonly expression: Expression | null
}

/** The batch of a form; null where it has none, or one that did not come with it. */
export function readSourceQueries(questionnaire: Questionnaire): SourceQueries | null {
  const reference = sourceReference(questionnaire)
  const batch = listOf(questionnaire.contained).find(
    (resource): resource is Bundle => resource.resourceType === 'Bundle' && `#${resource.id ?? ''}` === reference,
  )
  if (batch?.id === undefined) return null
  const { id: name } = batch
  return {
    name,
    queries: listOf(batch.entry).map(({ request }, index) => ({
      key: `${name}[${String(index)}]`,
      expression:
        request?.method === 'GET' && typeof request.url === 'string'
          ? { language: LANGUAGE.query, expression: withPlainNames(request.url) }
          : null,
    })),
  }
}

/** A request's address is a URI: there `%patient` is written `%25patient`. */
const withPlainNames = (url: string): string =>
  url.replace(/\{\{.*?\}\}/gs, (embedded) => embedded.replaceAll('%25', '%'))

/** The batch that a form names and that is not among its contained resources. */
export function missingSourceQueries(questionnaire: Questionnaire): string | null {
  const reference = sourceReference(questionnaire)
  return reference === undefined || readSourceQueries(questionnaire) !== null ? null : reference
}

const sourceReference = (questionnaire: Questionnaire): string | undefined =>
  readExtension(questionnaire, EXT.sourceQueries)?.valueReference?.reference
