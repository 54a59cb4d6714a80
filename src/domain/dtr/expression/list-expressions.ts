/**
 * Every expression of a questionnaire, wherever it stands: on the form, on items, beside primitives, inside other
 * extensions. Found by walking the JSON, so that none is missed because nobody reads its kind.
 */
import type { Expression, Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readSourceQueries } from '../form/source-queries.ts'

export interface ListedExpression {
  /** Link ids from the item outwards; empty for an expression of the form itself. */
  readonly linkIds: readonly string[]
  /** Extension that holds it; of one inside another, the outer. */
  readonly extension: string
  readonly expression: Expression
}

type Fields = Readonly<Record<string, unknown>>

const LEGACY: readonly string[] = [EXT.cqfExpression, EXT.cqfCalculatedValue]
const CONSTRAINTS: readonly string[] = [EXT.questionnaireConstraint, EXT.targetConstraint]

/** Lists them in form order. */
export function listExpressions(questionnaire: Questionnaire): ListedExpression[] {
  const found: ListedExpression[] = []
  const visitExtension = (extension: Fields, linkIds: readonly string[], outer: string): void => {
    const expression = readExpressionOf(extension, outer)
    if (expression !== null) found.push({ linkIds, extension: outer, expression })
    // An expression's own extensions are other spellings of it.
    for (const [name, child] of Object.entries(extension))
      if (name !== 'valueExpression') visit(name, child, linkIds, outer)
  }
  const visit = (name: string, value: unknown, linkIds: readonly string[], outer: string | null): void => {
    for (const one of listOf(value)) {
      const { linkId, url } = one
      if (name === 'extension' || name === 'modifierExtension') visitExtension(one, linkIds, outer ?? String(url))
      else if (name !== 'contained') {
        const around = name === 'item' && typeof linkId === 'string' ? [linkId, ...linkIds] : linkIds
        for (const [part, child] of Object.entries(one)) visit(part, child, around, null)
      }
    }
  }
  visit('', questionnaire, [], null)
  const queries = readSourceQueries(questionnaire)?.queries ?? []
  const ofSources = queries.flatMap(({ expression }) =>
    expression === null ? [] : [{ linkIds: [], extension: EXT.sourceQueries, expression }],
  )
  return [...ofSources, ...found]
}

/** The objects in a list, or the one object. */
function listOf(value: unknown): Fields[] {
  const all = Array.isArray(value) ? (value as unknown[]) : [value]
  return all.filter((one): one is Fields => typeof one === 'object' && one !== null && !Array.isArray(one))
}

function readExpressionOf({ url, valueExpression, valueString }: Fields, outer: string): Expression | null {
  if (typeof valueExpression === 'object' && valueExpression !== null) return valueExpression as Expression
  if (typeof valueString !== 'string') return null
  if (LEGACY.includes(outer)) return { language: 'text/cql', expression: valueString }
  // The older constraint holds its FHIRPath as a bare string.
  return CONSTRAINTS.includes(outer) && url === 'expression'
    ? { language: 'text/fhirpath', expression: valueString }
    : null
}
