/**
 * What of the chart the browser needs for expressions that run there (conditions, computed values, constraints): launch
 * contexts and search results that these expressions reach, and nothing else.
 */
import type { Expression } from 'fhir/r4'
import { isCql } from '../cql/language.ts'
import { evaluateIn } from './evaluate-in.ts'
import { LANGUAGE } from '../expression/expression.ts'
import { findDeclaration, listInFormExpressions } from './form-model.ts'
import type { FormState } from './form-state.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { cqlFailureKeyOf, cqlKeyOf } from './open-form.ts'
import { FormDraft } from './form-draft.ts'

/** Values by name, fit for `chartElsewhere`. Needs the state that was populated, with its chart. */
export function exportChart(state: FormState): Record<string, readonly unknown[]> {
  const values: Record<string, readonly unknown[]> = {}
  const { evaluator, chart } = state.setting
  if (evaluator === null) return values
  const draft = new FormDraft(state, state.setting.now)
  const reach = (at: ItemDefinition | null, expression: Expression, seen: ReadonlySet<string>): void => {
    if (isCql(expression)) {
      const found = chart.cql(expression)
      if (found.ok) values[cqlKeyOf(expression)] = found.value.values
      // Where nothing runs CQL, a failure would else look like something that was never needed.
      else if (found.error.reason === 'failed') values[cqlFailureKeyOf(expression)] = [found.error.message]
      return
    }
    if (expression.language !== LANGUAGE.fhirpath) return
    const compiled = evaluator.compile(expression)
    for (const name of compiled.ok ? compiled.value.names : []) {
      const declaration = findDeclaration(state.model, at, name)
      if (declaration === undefined && compiled.ok && name === state.model.sourceQueries?.name) {
        const entries = compiled.value.entriesOf(name)
        const { queries } = state.model.sourceQueries
        for (const { key, expression: query } of queries.filter((_, index) => entries?.includes(index) !== false)) {
          const found = query === null ? undefined : evaluateIn(draft, null, query)
          if (found?.ok === true) values[key] = found.value.raw
        }
      } else if (declaration === undefined) {
        const value = chart.value(name)
        if (value !== undefined) values[name] = value
      } else if (declaration.expression.language === LANGUAGE.query) {
        // A query of an item may differ between repetitions: only those of the form are handed over.
        const found = declaration.owner === null ? evaluateIn(draft, null, declaration.expression) : undefined
        if (found?.ok === true) values[declaration.key] = found.value.raw
      } else if (!seen.has(declaration.key))
        reach(declaration.owner, declaration.expression, new Set([...seen, declaration.key]))
    }
  }
  for (const { at, expression } of listInFormExpressions(state.model)) reach(at, expression, new Set())
  return values
}
