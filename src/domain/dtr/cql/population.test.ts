import type { Coverage, Expression, Patient, Questionnaire, QuestionnaireItem } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT } from '../../fhir/canonical.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { CqlPlan, CqlValues, EvaluateCql, WantedEvaluation } from './evaluation.ts'
import { cqlIdOf } from './language.ts'
import type { ChartSearch, SourceResource } from '../expression/expression.ts'
import { createEvaluator } from '../expression/fhirpath-evaluator.ts'
import { counts } from '../form/form-figures.ts'
import { readItem } from '../form/form-state.ts'
import { exportChart } from '../form/in-form-chart.ts'
import { EMPTY_META, chartElsewhere, openForm } from '../form/open-form.ts'
import { populate } from '../population/population.ts'
import { buildEmptyResponse, toMeta, toResponse } from '../response/questionnaire-response.ts'

const patient: Patient = { resourceType: 'Patient', id: 'p1', birthDate: '1980-05-01' }
const order = {
  resourceType: 'DeviceRequest',
  id: 'd1',
  performer: { reference: 'https://ehr.example/Practitioner/n1' },
}
const scan = { resourceType: 'Observation', id: 'o1', effectiveDateTime: '2026-01-02', valueString: 'clear' }
const nurse = { resourceType: 'Practitioner', id: 'n1', name: [{ family: 'Hale' }] }
const author = { reference: 'Practitioner/1', name: 'A' }
const at = '2026-11-22T10:00:00Z'

const cql = (expression: string, language = 'text/cql'): Expression => ({ language, expression })
const with_ = (url: string, valueExpression: Expression) => ({ extension: [{ url, valueExpression }] })

const items: QuestionnaireItem[] = [
  { linkId: 'scan', type: 'string', ...with_(EXT.initialExpression, cql('"Lib".Scan')) },
  { linkId: 'again', type: 'string', ...with_(EXT.initialExpression, cql('"Lib".Scan', 'text/cql-identifier')) },
  { linkId: 'score', type: 'integer', ...with_(EXT.calculatedExpression, cql('"Lib".Score')) },
  { linkId: 'old', type: 'string', extension: [{ url: EXT.cqfExpression, valueString: '"Lib".Nurse' }] },
  { linkId: 'shown', type: 'string', ...with_(EXT.enableWhenExpression, cql('"Lib".IsUrgent')) },
  {
    linkId: 'twice',
    type: 'integer',
    ...with_(EXT.initialExpression, { language: 'text/fhirpath', expression: '%n * 2' }),
  },
  { linkId: 'broken', type: 'string', ...with_(EXT.initialExpression, cql('"Lib".Broken')) },
  { linkId: 'unknown', type: 'string', ...with_(EXT.initialExpression, cql('"Lib".Nowhere')) },
  { linkId: 'closed', type: 'string', ...with_(EXT.initialExpression, cql('"Lib".Closed')) },
]
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  extension: [{ url: EXT.variable, valueExpression: { ...cql('"Lib".Score'), name: 'n' } }],
  item: items,
}

const plan = (searches: string[] = [], referenced: string[] = []) => ({ searches, referenced, foundBy: null })
const plans: Record<string, Omit<CqlPlan, 'foundBy'>> = {
  Scan: plan(['Observation?patient=p1&code=x']),
  Score: plan(['Observation?patient=p1&code=x']),
  Nurse: plan([], ['Practitioner']),
  IsUrgent: plan(),
  Broken: plan(),
  Closed: plan(['Procedure?patient=p1']),
}
const defineOf = (text = ''): string => text.split('.')[1] ?? ''
const planner = {
  plan({ expression = '' }: Expression): Result<CqlPlan, Message> {
    const found = plans[defineOf(expression)]
    return found === undefined
      ? err(message('form.lookup.cql-no-define', { name: expression }))
      : ok({ ...found, foundBy: expression.replaceAll('"', '') })
  },
}

const values = (type: string, value: unknown, source?: SourceResource, path: string | null = null): CqlValues => ({
  values: [{ type, value }],
  sources: source === undefined ? [] : [{ resource: source, path }],
  computed: source === undefined,
})
const results: Record<string, Result<CqlValues, Message>> = {
  Scan: ok(values('string', 'clear', scan, 'Observation.value')),
  Score: ok(values('integer', 7)),
  Nurse: ok(values('string', 'Hale', nurse, 'Practitioner.name[0].family')),
  IsUrgent: ok(values('boolean', true)),
  Broken: err(message('form.lookup.expression-error')),
}

async function run(
  evaluate: EvaluateCql,
  onAdded: (answered: number) => void = () => undefined,
  pause: () => Promise<void> = () => Promise.resolve(),
) {
  const made: { query: string; neededBy: string }[] = []
  const found: Record<string, object> = {
    'Observation?patient=p1&code=x': { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: scan }] },
    'Practitioner/n1': nurse,
  }
  const { state } = await populate(
    {
      questionnaire,
      response: buildEmptyResponse({
        questionnaire,
        patient,
        coverage: { resourceType: 'Coverage', id: 'c1' } as Coverage,
        orders: [],
        purposes: [],
        author,
        at,
      }),
      meta: EMPTY_META,
      today: '2026-11-22',
      evaluator: createEvaluator(),
      launchContexts: new Map([['patient', [patient]]]),
      scoredCodes: [],
      at,
      newEvidenceId: () => 'e',
      cql: { planner, launched: [patient, order], evaluate },
      onAdded: (form) => onAdded(counts(form).fromChart),
      pause,
    },
    (wanted) => {
      made.push(...wanted)
      return Promise.resolve(
        wanted.map(({ query }): ChartSearch => {
          const bundle = found[query] ?? null
          return {
            query,
            bundle,
            found: bundle === null ? null : 1,
            complete: true,
            failure: bundle === null ? 'forbidden' : null,
          }
        }),
      )
    },
  )
  return { state, made }
}

function recording() {
  const asked: WantedEvaluation[] = []
  const evaluate: EvaluateCql = (wanted) => {
    asked.push(...wanted)
    return wanted.map(({ id }) => {
      const result = results[defineOf(id)]
      if (result === undefined) throw new Error(`nothing was to be evaluated for ${id}`)
      return Promise.resolve({ id, result })
    })
  }
  return { asked, evaluate }
}

describe('CQL in population', () => {
  it('fills initial, calculated and legacy expressions, and names the define and the resource', async () => {
    const { evaluate } = recording()
    const { state } = await run(evaluate)
    expect(readItem(state, 'scan')?.answers).toEqual([{ valueString: 'clear' }])
    expect(readItem(state, 'scan')?.origin).toMatchObject({
      source: 'auto-client',
      kind: 'chart',
      foundBy: 'Lib.Scan',
      evidence: [{ reference: 'Observation/o1', path: 'Observation.value', date: '2026-01-02' }],
    })
    expect(readItem(state, 'score')?.answers).toEqual([{ valueInteger: 7 }])
    expect(readItem(state, 'old')?.answers).toEqual([{ valueString: 'Hale' }])
  })

  it('evaluates an expression once for all items, after its searches, with what they gave', async () => {
    const { asked, evaluate } = recording()
    const { state, made } = await run(evaluate)
    expect(asked.map(({ id, neededBy }) => [id, neededBy])).toEqual(
      expect.arrayContaining([
        ['"Lib".Scan', 'scan'],
        ['"Lib".Nurse', 'old'],
      ]),
    )
    expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length)
    expect(asked.find(({ id }) => id === '"Lib".Scan')?.resources).toEqual([scan])
    expect(readItem(state, 'again')?.answers).toEqual([{ valueString: 'clear' }])
    expect(made.map(({ neededBy }) => neededBy).filter((linkId) => linkId === '')).toEqual([])
  })

  it('loses no answer, at whatever moment of a pass it arrives', async () => {
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
    const missed: number[] = []
    let pauses = 0
    for (let moment = 0; moment === 0 || moment < pauses + 2; moment += 1) {
      let release: () => void = () => undefined
      const held = new Promise<void>((resolve) => (release = resolve))
      const evaluate: EvaluateCql = (wanted) =>
        recording()
          .evaluate(wanted)
          .map((done, at) => (defineOf(wanted[at]?.id) === 'Nurse' ? held.then(() => done) : done))
      pauses = 0
      const pause = (): Promise<void> => {
        if (pauses === moment) release()
        pauses += 1
        return turn()
      }
      const idle = setInterval(release, 50)
      const { state } = await run(evaluate, undefined, pause)
      clearInterval(idle)
      if (readItem(state, 'old')?.answers.length !== 1) missed.push(moment)
    }
    expect(missed).toEqual([])
  })

  it('reads what leads out of the compartment by its reference, whatever its base URL', async () => {
    const { asked, evaluate } = recording()
    const { made } = await run(evaluate)
    expect(made).toContainEqual({ query: 'Practitioner/n1', neededBy: 'old' })
    expect(asked.find(({ id }) => id === '"Lib".Nurse')?.resources).toEqual([nurse])
  })

  it('lets other expressions use a variable in CQL, and conditions decide by CQL', async () => {
    const { evaluate } = recording()
    const { state } = await run(evaluate)
    expect(readItem(state, 'twice')?.answers).toEqual([{ valueInteger: 14 }])
    expect(readItem(state, 'shown')?.enabled).toBe(true)
  })

  it('tells each failure at its item alone: a define that fails, one that is missing, a search that is refused', async () => {
    const { asked, evaluate } = recording()
    const { state } = await run(evaluate)
    const reasonOf = (key: string) => readItem(state, key)?.lookup?.reason?.key
    expect(reasonOf('broken')).toBe('form.lookup.expression-error')
    expect(reasonOf('unknown')).toBe('form.lookup.cql-no-define')
    expect(reasonOf('closed')).toBe('form.lookup.search-failed')
    expect(asked.map(({ id }) => id)).not.toContain('"Lib".Closed')
  })

  it('gives the first answers while the last is still being computed', async () => {
    const steps: string[] = []
    const slow: EvaluateCql = (wanted) =>
      wanted.map(async ({ id }) => {
        const result = results[defineOf(id)] ?? err(message('form.lookup.expression-error'))
        if (id === '"Lib".Nurse') {
          await new Promise((resolve) => setTimeout(resolve, 30))
          steps.push('last computed')
        }
        return { id, result }
      })
    await run(slow, (answered) => steps.push(`${String(answered)} answered`))
    expect(steps.indexOf('last computed')).toBeGreaterThan(0)
    expect(steps[0]).toMatch(/^[1-9] answered$/)
  })

  it('is known in the browser by what the server computed, and leaves the rest as it was saved', async () => {
    const { evaluate } = recording()
    const { state } = await run(evaluate)
    const values = exportChart(state)
    expect(Object.keys(values)).toContain(`cql:${cqlIdOf(cql('"Lib".IsUrgent'))}`)
    const there = openForm({
      questionnaire,
      response: toResponse(state, { at, author }),
      meta: toMeta(state),
      today: '2026-11-22',
      evaluator: createEvaluator(),
      chart: chartElsewhere(JSON.parse(JSON.stringify(values)) as Record<string, unknown[]>),
    })
    expect(readItem(there, 'shown')?.enabled).toBe(true)
    expect(readItem(there, 'score')?.answers).toEqual([{ valueInteger: 7 }])
    expect(readItem(there, 'scan')?.answers).toEqual([{ valueString: 'clear' }])
  })
})
