import { expect, test, vi } from 'vitest'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { loadQuestionnaires } from './content.ts'
import { warmUp } from './warm-up.ts'

test('fills every shipped questionnaire once, and nothing after it is stopped', async () => {
  const evaluator = createEvaluator()
  const compile = vi.spyOn(evaluator, 'compile')
  const readForms = vi.fn(loadQuestionnaires)
  const report = vi.fn()
  const stop = warmUp({ evaluator, readForms, report })
  expect(readForms).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(readForms).toHaveBeenCalledTimes(1), { timeout: 5_000 })
  await stop()
  const compiled = compile.mock.calls.length
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(compile.mock.calls.length).toBe(compiled)

  const whole = warmUp({ evaluator, readForms, report })
  await vi.waitFor(() => expect(readForms).toHaveBeenCalledTimes(2), { timeout: 5_000 })
  await vi.waitFor(
    async () => {
      const before = compile.mock.calls.length
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(compile.mock.calls.length).toBe(before)
    },
    { timeout: 10_000 },
  )
  await whole()
  const texts = new Set(compile.mock.calls.map(([{ expression }]) => expression))
  expect(report).not.toHaveBeenCalled()
  expect(texts.size).toBeGreaterThan(50)
})
