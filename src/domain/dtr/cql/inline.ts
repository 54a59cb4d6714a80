/**
 * CQL written into a form itself (`Today() + 14 days`, or ELM beside an expression): made a library of its own, which
 * includes the form's libraries, so that there is one way to run all of it.
 */
import type { Expression, Questionnaire } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { cqlIdOf, isCql, readCompiled } from './language.ts'
import type { CqlLibrary } from './library.ts'
import { parseCqlName } from './names.ts'
import { definitionsOf, isMalformed, walkElm, type ElmLibrary, type ElmNode } from './elm.ts'

export const INLINE_DEFINE = 'Answer'

/** Every CQL expression of a form, wherever it stands. */
export function listCqlExpressions(questionnaire: Questionnaire): Expression[] {
  const found = new Map<string, Expression>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    if (typeof node !== 'object' || node === null) return
    const { url, valueExpression, valueString } = node as {
      url?: string
      valueExpression?: Expression
      valueString?: string
    }
    const isLegacy = url === EXT.cqfExpression || url === EXT.cqfCalculatedValue
    const expression =
      valueExpression ??
      (isLegacy && valueString !== undefined ? { language: 'text/cql', expression: valueString } : null)
    if (expression !== null && isCql(expression)) found.set(cqlIdOf(expression), expression)
    Object.values(node).forEach(visit)
  }
  // The contained resources have expressions of their own, which are not the form's.
  visit(questionnaire.item)
  visit(questionnaire.extension)
  return [...found.values()]
}

/** Whether CQL that is written into the form is still to be translated: a name of a define is none, nor what brings its ELM. */
export function needsTranslation(expression: Expression): boolean {
  return readCompiled(expression) === null && parseCqlName(expression.expression ?? '') === undefined
}

/** The CQL source of a library that computes one expression. */
export function wrapInline(text: string, name: string, fhirVersion: string, includes: readonly CqlLibrary[]): string {
  const quoted = (word: string): string => `"${word.replace(/["\\]/g, '\\$&')}"`
  return [
    `library ${quoted(name)}`,
    `using FHIR version '${fhirVersion}'`,
    ...includes.map(({ id, version }) => {
      const at = version === null ? '' : ` version '${version.replace(/['\\]/g, '\\$&')}'`
      return `include ${quoted(id)}${at} called ${quoted(id)}`
    }),
    'context Patient',
    `define "${INLINE_DEFINE}": ${text}`,
  ].join('\n')
}

/**
 * The library in which ELM beside an expression can run: that ELM where it is a library, else one around its bare node.
 * Undefined where it is neither.
 */
export function readInlineElm(
  expression: Expression,
  name: string,
  includes: readonly CqlLibrary[],
): { readonly library: CqlLibrary; readonly define: string } | undefined {
  let json: unknown
  try {
    json = JSON.parse(readCompiled(expression) ?? '')
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null) return undefined
  const given = ('library' in json ? json.library : json) as ElmLibrary & ElmNode
  const elm = given.statements === undefined ? wrapNode(given, name, includes) : { ...given, identifier: { id: name } }
  if (elm === undefined) return undefined
  const defines = definitionsOf(elm).filter((one) => one.name !== 'Patient' && one.type !== 'FunctionDef')
  const define = defines.find((one) => one.name === expression.expression) ?? defines.at(-1)
  if (define === undefined) return undefined
  const malformed = isMalformed(elm)
  const library: CqlLibrary = {
    id: name,
    version: null,
    name: null,
    url: null,
    elm: malformed ? null : elm,
    source: null,
    fault: malformed ? 'malformed' : null,
    leftOut: [],
  }
  return { library, define: define.name }
}

function wrapNode(node: ElmNode, name: string, includes: readonly CqlLibrary[]): ElmLibrary | undefined {
  if (node.type === undefined) return undefined
  const named = new Set<string>()
  walkElm(node, ({ libraryName }) => named.add(libraryName ?? ''))
  return {
    identifier: { id: name },
    includes: {
      def: includes
        .filter(({ id }) => named.has(id))
        .map(({ id, version }) => ({
          localIdentifier: id,
          path: id,
          ...(version === null ? {} : { version }),
        })),
    },
    statements: { def: [{ name: INLINE_DEFINE, expression: node, context: 'Patient' }] },
  }
}
