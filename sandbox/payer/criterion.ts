/** Evaluates the policy's FHIRPath over a response: the payer's own evaluation, apart from the product's. */
import { compile } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { QuestionnaireResponse } from 'fhir/r4'

export type Finding = 'met' | 'not-met' | 'unknown'

/** Whether a criterion holds; nothing found, or no single boolean, is unknown, never a yes or a no. */
export function judgeCriterion(expression: string, response: QuestionnaireResponse, today: string): Finding {
  const [value, ...more] = evaluatePath(expression, response, today)
  if (more.length > 0 || typeof value !== 'boolean') return 'unknown'
  return value ? 'met' : 'not-met'
}

/** The values of an expression over the response, on the payer's calendar day instead of the machine's. */
export function evaluatePath(expression: string, response: QuestionnaireResponse, today: string): unknown[] {
  // A payer's trace() must not print the chart; the evaluator may add type information to what it is given.
  const evaluate = compile(expression.replaceAll('today()', `@${today}`), r4, { traceFn: () => undefined })
  const copy = structuredClone(response)
  const values: unknown = evaluate(copy, { resource: copy })
  return Array.isArray(values) ? values : []
}
