/**
 * Fills a form from the chart: conditions and answers in turn until nothing moves, enabled items only (DTR spec-62, 66,
 * 67). The caller makes the searches; each is named with the item that needed it. Every answer keeps what it rests on, and
 * every question that stays empty says what was looked for. Overridden, manual and cleared answers are never touched
 * (DTR spec-71..73).
 */
import type { Expression } from 'fhir/r4'
import type { AnswerOrigin } from '../../contract/form.ts'
import { CollectedChart, type CqlAtHand, type WantedSearch } from './chart.ts'
import { lookupOf, readAttempt, type Attempt } from './attempt.ts'
import type { EvaluateCql } from '../cql/evaluation.ts'
import { evaluateIn } from '../form/evaluate-in.ts'
import { buildEvidence, evidenceKey, isScored } from './evidence.ts'
import type { ChartSearch, ExpressionEvaluator, SourceResource, ValueSource } from '../expression/expression.ts'
import { FormDraft } from '../form/form-draft.ts'
import { shapingExpressions } from '../form/form-model.ts'
import type { FormState, ItemView } from '../form/form-state.ts'
import { defaultOrigin } from '../item/information-origin.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { ItemKey } from '../item/item-key.ts'
import { buildOption } from '../item/item-options.ts'
import { openForm, type OpenFormInput } from '../form/open-form.ts'
import { GroupExpansion } from './group-expansion.ts'
import { expandRepetitions } from './repetition-population.ts'
import type { Finding } from '../form/scope.ts'
import { settle } from '../form/settle.ts'
import { shape } from '../form/shaping.ts'
import { expandTuples, type TupleReport } from './tuple-repetitions.ts'

export interface PopulateInput extends Omit<OpenFormInput, 'chart' | 'evaluator'> {
  readonly evaluator: ExpressionEvaluator
  readonly launchContexts: ReadonlyMap<string, readonly SourceResource[]>
  /** What runs CQL; left out where nothing does, and then each item says so. */
  readonly cql?: CqlAtHand & { readonly evaluate: EvaluateCql }
  /** Hears of the form whenever something was added, before the rest is there. */
  readonly onAdded?: (state: FormState) => void
  /** Codes of clinician-scored observations: answers from them ask for confirmation. */
  readonly scoredCodes: readonly { system: string; code: string }[]
  /** Instant of the population. */
  readonly at: string
  readonly newEvidenceId: () => string
  /** Lets others have their turn: awaited between items, so that a large form does not hold up the process. */
  readonly pause?: () => Promise<void>
}

/** Makes the searches of one round; gives each as a ChartSearch, failures included. */
export type SearchChart = (wanted: readonly WantedSearch[]) => Promise<readonly ChartSearch[]>

export interface EvidenceSnapshot {
  readonly evidenceId: string
  readonly resource: SourceResource
}

export interface Population {
  readonly state: FormState
  /** Every resource that an answer rests on, once, as it was read. */
  readonly evidence: readonly EvidenceSnapshot[]
  readonly searches: number
  /** All that was searched for and evaluated. */
  readonly chart: CollectedChart
}

const MAX_ROUNDS = 30

/**
 * Populates a form. Failures of single expressions and searches are lookups of their items; nothing throws for them. CQL
 * takes longer than the rest: each of its answers is taken as it comes, while the next one is computed.
 */
export async function populate(input: PopulateInput, searchChart: SearchChart): Promise<Population> {
  const run = new PopulationRun(input)
  const work = new OpenWork()
  let state = openForm({ ...input, chart: run.chart })
  // Each arrival may bring a round of its own; what is limited is how often a form moves by itself.
  for (let rounds = 0; rounds < MAX_ROUNDS + work.arrived;) {
    const { arrived } = work
    const draft = new FormDraft(state, input.at)
    const { moved, ripe } = await run.round(draft)
    settle(draft, 'touched', ripe)
    const isRestless =
      moved || (ripe.length > 0 && [...draft.items].some(([key, item]) => state.items.get(key) !== item))
    state = draft.finish()
    if (moved) input.onAdded?.(state)
    const started = run.startWanted(work, searchChart)
    if (started || moved) rounds += 1
    // What arrived while the pass was under way may have come too late for its item: another pass reads it.
    if (work.arrived > arrived) continue
    if (work.isEmpty() && !isRestless) break
    if (!isRestless || started) await work.next()
  }
  await work.rest()
  const draft = new FormDraft(state, input.at)
  run.reportLookups(draft)
  settle(draft, 'all')
  return { state: draft.finish(), evidence: run.snapshots(), searches: run.chart.made(), chart: run.chart }
}

/** Searches and evaluations under way. */
class OpenWork {
  private readonly open = new Set<Promise<void>>()
  arrived = 0

  add(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => {
      this.open.delete(tracked)
      this.arrived += 1
    })
    this.open.add(tracked)
  }

  isEmpty(): boolean {
    return this.open.size === 0
  }

  /** Waits until one of them is done. */
  async next(): Promise<void> {
    if (this.open.size > 0) await Promise.race(this.open)
  }

  async rest(): Promise<void> {
    await Promise.all(this.open)
  }
}

class PopulationRun {
  readonly chart: CollectedChart
  private readonly input: PopulateInput
  private readonly evidenceIds = new Map<string, EvidenceSnapshot>()
  private groups: GroupExpansion | null = null
  /** Items whose condition, and whose options, properties and computed value, have all that they are to be searched for. */
  private readonly ripe = { condition: new Set<ItemKey>(), inside: new Set<ItemKey>() }
  /** The last attempt at each item, from which its lookup is told. */
  private readonly attempts = new Map<ItemKey, Attempt>()

  constructor(input: PopulateInput) {
    this.input = input
    this.chart = new CollectedChart(input.launchContexts, input.cql ?? null)
  }

  /** Starts the searches and evaluations that the last pass asked for; gives whether there were any. */
  startWanted(work: OpenWork, searchChart: SearchChart): boolean {
    const searches = this.chart.takeWanted()
    const evaluations = this.chart.takeWantedEvaluations()
    if (searches.length > 0)
      work.add(searchChart(searches).then((made) => made.forEach((search) => this.chart.add(search))))
    for (const done of evaluations.length === 0 ? [] : (this.input.cql?.evaluate(evaluations) ?? []))
      work.add(done.then((evaluation) => this.chart.addEvaluation(evaluation)))
    return searches.length + evaluations.length > 0
  }

  /**
   * One pass over the enabled items: whether any answer or repetition was added, and the items whose conditions or
   * computed values have all their searches now.
   */
  async round(draft: FormDraft): Promise<{ moved: boolean; ripe: readonly ItemDefinition[] }> {
    const ripe: ItemDefinition[] = []
    // The first pass sees the form as it was opened.
    const groups = (this.groups ??= new GroupExpansion(draft.state))
    let moved = false
    for (const definition of draft.state.model.definitions.values()) {
      await this.input.pause?.()
      if (expandRepetitions(draft, definition, groups, (key, absence) => this.attempts.set(key, { absence })))
        moved = true
      if (expandTuples(draft, definition, groups, this.tuples(draft))) moved = true
      if (this.ripens(draft, definition, groups)) ripe.push(definition)
      for (const key of draft.keysOf(definition.linkId)) if (this.fill(draft, key, definition, groups)) moved = true
    }
    return { moved, ripe }
  }

  /** Asks for what conditions, options and computed values need; whether some occurrence has all of it since this pass. */
  private ripens(draft: FormDraft, definition: ItemDefinition, groups: GroupExpansion): boolean {
    const { enableWhen, calculated } = definition.expressions
    const inside = [...(calculated === null ? [] : [calculated]), ...shapingExpressions(definition)]
    if (enableWhen === null && inside.length === 0) return false
    const ripens = (known: Set<ItemKey>, key: ItemKey, expressions: readonly Expression[]): boolean => {
      if (expressions.length === 0 || known.has(key)) return false
      const results = expressions.map((expression) => evaluateIn(draft, key, expression))
      const isPending = results.some((result) => result?.ok === false && result.error.reason === 'pending')
      if (isPending || groups.isWaiting(key)) return false
      known.add(key)
      return true
    }
    let some = false
    for (const key of draft.keysOf(definition.linkId)) {
      if (ripens(this.ripe.condition, key, enableWhen === null ? [] : [enableWhen])) some = true
      if (draft.item(key)?.enabled !== true || !ripens(this.ripe.inside, key, inside)) continue
      some = true
      // What fills the item in this pass already sees its options.
      shape(draft, key, definition)
    }
    return some
  }

  private tuples(draft: FormDraft): TupleReport {
    return {
      absent: (key, absence) => this.attempts.set(key, { absence }),
      found: (key, finding) => this.attempts.set(key, { finding }),
      refused: (key, finding, refusal) => this.attempts.set(key, { finding, refusal }),
      fill: ({ key }, finding, answers) => draft.patch(key, { answers, origin: this.originOf(finding) }),
    }
  }

  private fill(draft: FormDraft, key: ItemKey, definition: ItemDefinition, groups: GroupExpansion): boolean {
    const item = draft.item(key)
    if (item === undefined || definition.type === 'display') return false
    const { initial, calculated } = definition.expressions
    if (!item.enabled || !isOpen(item) || definition.type === 'group') return false
    // What the payer filled in gives way to what the chart says, if it says anything (DTR 2.2 spec-73).
    const isPrefilled = item.origin?.source === 'auto-server' && initial !== null
    if (calculated !== null || (item.answers.length > 0 && !isPrefilled)) return false
    if (groups.isWaiting(key) || (hasOptionsByExpression(definition) && !this.ripe.inside.has(key))) {
      // What it needs besides is searched for already.
      if (initial !== null) evaluateIn(draft, key, initial)
      return false
    }
    if (initial !== null) return this.attempt(draft, item, definition, initial)
    if (this.attempts.has(key)) return false
    this.attempts.set(key, {})
    return this.fillDefault(draft, item, definition)
  }

  /** The form's own initial value, where nothing stands yet. */
  private fillDefault(draft: FormDraft, { key, answers }: ItemView, { initialAnswers }: ItemDefinition): boolean {
    if (initialAnswers.length === 0 || answers.length > 0) return false
    draft.patch(key, { answers: initialAnswers, origin: defaultOrigin(this.input.at) })
    return true
  }

  private attempt(draft: FormDraft, item: ItemView, definition: ItemDefinition, expression: Expression): boolean {
    // What no answer can change is evaluated once; what was refused may be among other options by now.
    const last = this.attempts.get(item.key)
    const isRefused = last?.refusal !== undefined && last.options !== item.options
    if (last?.finding?.readsResponse === false && !isRefused) return false
    const result = evaluateIn(draft, item.key, expression)
    if (result === undefined) return false
    const attempt = readAttempt(result, item, draft.state.setting.evaluator?.convert)
    this.attempts.set(item.key, attempt)
    const { answers, finding, absence } = attempt
    // What was to be found cannot be told: the form's own value stands for it, and the failure is told beside it.
    if (absence?.reason === 'failed') return this.fillDefault(draft, item, definition)
    if (answers === undefined || finding === undefined || answers.length === 0) return false
    const offered = isListOfOwn(definition)
      ? { options: answers.map((given, at) => buildOption(given, `e${String(at)}`)) }
      : {}
    draft.patch(item.key, { answers, origin: this.originOf(finding), ...offered })
    return true
  }

  /** A computed answer learns, at the end, which resources it rests on besides other answers. */
  private explainCalculated(draft: FormDraft, item: ItemView, definition: ItemDefinition): void {
    const { calculated } = definition.expressions
    const result = calculated === null || !isOpen(item) ? undefined : evaluateIn(draft, item.key, calculated)
    if (result === undefined) return
    const attempt = readAttempt(result, item, draft.state.setting.evaluator?.convert)
    this.attempts.set(item.key, attempt)
    const evidence = this.evidenceOf(attempt.finding?.sources ?? [])
    if (item.origin !== null && evidence.length > 0) draft.patch(item.key, { origin: { ...item.origin, evidence } })
  }

  private originOf(finding: Finding): AnswerOrigin {
    const sources = finding.sources.filter(({ resource }) => resource.resourceType !== 'QuestionnaireResponse')
    const scored = sources.some(({ resource }) => isScored(resource, this.input.scoredCodes))
    const fromAnswers = finding.linkIds.length > 0 && sources.length === 0 && finding.queries.length === 0
    return {
      source: 'auto-client',
      kind: fromAnswers ? 'computed' : 'chart',
      author: null,
      at: this.input.at,
      evidence: this.evidenceOf(sources),
      inputs: [...finding.linkIds],
      foundBy: finding.foundBy,
      suggested: null,
      confirmation: scored ? { confirmedAt: null, by: null } : null,
    }
  }

  private evidenceOf(sources: readonly ValueSource[]): AnswerOrigin['evidence'] {
    const fromChart = sources.filter(
      ({ resource }) => !['QuestionnaireResponse', 'Questionnaire'].includes(resource.resourceType),
    )
    // A place inside a resource says more than the resource as a whole.
    const isTold = ({ resource, path }: ValueSource): boolean =>
      path === null && fromChart.some((other) => other.resource === resource && other.path !== null)
    return fromChart
      .filter((source) => !isTold(source))
      .slice(0, 20)
      .map((source) => {
        const key = evidenceKey(source.resource)
        const known = this.evidenceIds.get(key) ?? { evidenceId: this.input.newEvidenceId(), resource: source.resource }
        this.evidenceIds.set(key, known)
        return buildEvidence(source, known.evidenceId)
      })
  }

  /** Tells at each item what its last attempt came to. */
  reportLookups(draft: FormDraft): void {
    for (const item of [...draft.items.values()]) {
      const definition = draft.definition(item.key)
      if (definition === undefined || !item.enabled) continue
      this.explainCalculated(draft, item, definition)
      const lookup = lookupOf(item, definition, this.attempts.get(item.key), this.chart)
      if (lookup !== null) draft.patch(item.key, { lookup })
    }
  }

  snapshots(): EvidenceSnapshot[] {
    return [...this.evidenceIds.values()]
  }
}

/** CDS-Library writes `answerOption: []` for a list that the expression gives: options and pre-selection in one. */
const isListOfOwn = ({ type, item }: ItemDefinition): boolean =>
  (type === 'open-choice' || type === 'choice') && item.answerOption?.length === 0 && item.answerValueSet === undefined

/** Whether the options of an item are not to be known before its expressions are evaluated. */
const hasOptionsByExpression = ({ expressions }: ItemDefinition): boolean =>
  expressions.answers !== null || expressions.dynamic.some(({ property }) => property === 'answerValueSet')

/** Whether population may fill an item: nobody changed it and nobody cleared it. */
function isOpen({ origin, cleared }: ItemView): boolean {
  return !cleared && (origin === null || (origin.source !== 'override' && origin.source !== 'manual'))
}
