import { expect, test, vi } from 'vitest'
import { createEvaluator } from '#domain/dtr/fhirpath-evaluator.ts'
import { loadExpressions } from './content.ts'
import { warmUp } from './warm-up.ts'

test('compiles every expression of the shipped questionnaires, until it is stopped', () => {
  vi.useFakeTimers()
  const expressions = loadExpressions()
  expect(expressions.length).toBeGreaterThan(50)
  const evaluator = createEvaluator()
  const compile = vi.spyOn(evaluator, 'compile')

  warmUp(evaluator, loadExpressions)
  expect(compile).not.toHaveBeenCalled()
  vi.runAllTimers()
  expect(compile.mock.calls.map(([expression]) => expression)).toEqual(expressions)

  compile.mockClear()
  const stop = warmUp(evaluator, loadExpressions)
  vi.advanceTimersByTime(400)
  stop()
  vi.runAllTimers()
  expect(compile.mock.calls.length).toBeLessThan(expressions.length)
  vi.useRealTimers()
})
