/**
 * What became of every expression of a populated form, for those who write forms: evaluated once more at the end, also
 * where population had no need of it (items that are not enabled, options, help), so that none stays silent.
 */
import type { Expression } from 'fhir/r4'
import { referenceTo } from '../../fhir/reference.ts'
import { message, type Message, type Result } from '../../result.ts'
import type { CollectedChart } from './chart.ts'
import type { EvaluateCql } from '../cql/evaluation.ts'
import { LANGUAGE, type SourceResource } from '../expression/expression.ts'
import { FormDraft } from '../form/form-draft.ts'
import type { FormState } from '../form/form-state.ts'
import type { ItemKey } from '../item/item-key.ts'
import { listExpressions, type ListedExpression } from '../expression/list-expressions.ts'
import type { SearchChart } from './population.ts'
import type { Absence, Finding } from '../form/scope.ts'
import { evaluateIn } from '../form/evaluate-in.ts'

export interface ExpressionReport {
  /** The item; null for an expression of the form. */
  readonly linkId: string | null
  /** The last part of the extension that holds it. */
  readonly kind: string
  readonly language: string | null
  readonly expression: string | null
  readonly status: 'evaluated' | 'failed' | 'unsupported'
  readonly reason: Message | null
  /** FHIR JSON; of a search, the references of what it found. */
  readonly values: readonly unknown[]
}

/** What `populate` worked with; the CQL session must still be open. */
export interface ReportInput {
  readonly state: FormState
  readonly chart: CollectedChart
  readonly searchChart: SearchChart
  readonly evaluateCql: EvaluateCql | null
}

const MAX_ROUNDS = 30

/** Evaluates all expressions, with whatever searches they still need. */
export async function reportExpressions(input: ReportInput): Promise<ExpressionReport[]> {
  const { state, chart } = input
  const listed = listExpressions(state.model.questionnaire)
  for (let round = 0; ; round += 1) {
    const draft = new FormDraft(state, state.setting.now)
    const results = listed.map((one) => evaluateIn(draft, keyOf(draft, one), one.expression))
    const [searches, evaluations] = [chart.takeWanted(), chart.takeWantedEvaluations()]
    if (round === MAX_ROUNDS || searches.length + evaluations.length === 0)
      return listed.map((one, index) => report(state, one, results[index]))
    for (const search of searches.length === 0 ? [] : await input.searchChart(searches)) chart.add(search)
    for (const done of evaluations.length === 0 ? [] : (input.evaluateCql?.(evaluations) ?? []))
      chart.addEvaluation(await done)
  }
}

/** The first occurrence of the item, or of the nearest around it that the form has. */
function keyOf(draft: FormDraft, { linkIds }: ListedExpression): ItemKey | null {
  for (const linkId of linkIds) {
    const [key] = draft.keysOf(linkId)
    if (key !== undefined) return key
  }
  return null
}

function report(
  state: FormState,
  { linkIds, extension, expression }: ListedExpression,
  result: Result<Finding, Absence> | undefined,
): ExpressionReport {
  const kind = extension.split('/').at(-1) ?? extension
  const head = {
    linkId: linkIds[0] ?? null,
    kind,
    language: expression.language ?? null,
    expression: expression.expression ?? null,
  }
  const own = state.model.definitions.get(linkIds[0] ?? '')?.expressions.unsupported ?? []
  if (own.some((one) => one.expression === expression))
    return {
      ...head,
      status: 'unsupported',
      reason: message('form.lookup.unsupported-expression', { extension: kind }),
      values: [],
    }
  if (result?.ok === true)
    return { ...head, status: 'evaluated', reason: null, values: valuesOf(expression, result.value) }
  const reason = result?.error.reason === 'failed' ? result.error.message : message('form.lookup.unfinished')
  const status = reason.key === 'form.lookup.unsupported-language' ? 'unsupported' : 'failed'
  return { ...head, status, reason, values: [] }
}

function valuesOf({ language }: Expression, finding: Finding): readonly unknown[] {
  if (language !== LANGUAGE.query) return finding.values.map(({ value }) => value)
  return finding.raw.flatMap((answer) => {
    const { resourceType, entry } = answer as { resourceType: string; entry?: { resource?: SourceResource }[] }
    const resources =
      resourceType === 'Bundle' ? (entry ?? []).map(({ resource }) => resource) : [answer as SourceResource]
    return resources.flatMap((resource) =>
      resource === undefined ? [] : (referenceTo(resource) ?? resource.resourceType),
    )
  })
}
