/**
 * Compiles the expressions of the shipped questionnaires when the server has become ready: the FHIRPath parser takes half a
 * second for them the first time, which the first form would wait for. One at a time with pauses, so that a request waits for
 * one expression at most (some 10 ms).
 */
import type { Expression } from 'fhir/r4'
import type { ExpressionEvaluator } from '#domain/dtr/expression.ts'

const FIRST_AFTER_MS = 300
const PAUSE_MS = 10

/** Begins soon; gives the way to stop. */
export function warmUp(evaluator: ExpressionEvaluator, readExpressions: () => readonly Expression[]): () => void {
  const compileFirst = ([first, ...rest]: readonly Expression[]): void => {
    if (first === undefined) return
    evaluator.compile(first)
    timer = setTimeout(compileFirst, PAUSE_MS, rest)
  }
  let timer = setTimeout(() => compileFirst(readExpressions()), FIRST_AFTER_MS)
  return () => clearTimeout(timer)
}
