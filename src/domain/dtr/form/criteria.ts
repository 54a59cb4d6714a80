/**
 * "Will it hold?": a policy's criteria against the form as it stands. Each criterion is FHIRPath over the response that
 * gives true, false or nothing; nothing is *unknown*, never met and never failed.
 */
import type { ReviewView } from '../../contract/case.ts'
import { message, type Message } from '../../result.ts'
import { evaluateIn } from './evaluate-in.ts'
import { LANGUAGE } from '../expression/expression.ts'
import { FormDraft } from './form-draft.ts'
import type { FormState, ItemView } from './form-state.ts'

export type Criterion = ReviewView['criteria'][number]

/** One rule of `questionnaires/<id>/policy.json`. */
export interface PolicyCriterion {
  readonly id: string
  readonly label: string
  /** FHIRPath; %resource is the QuestionnaireResponse. */
  readonly expression: string
  /** Items whose evidence speaks for the criterion; the first is where a person mends it. */
  readonly linkIds: readonly string[]
  readonly source: string
  /** Why it is not met, in the policy's words. */
  readonly reason?: string
}

export interface Policy {
  readonly id: string
  readonly title: string
  readonly version: string
  readonly reviewedOn: string
  readonly source: string
  readonly criteria: readonly PolicyCriterion[]
  /** Beyond these a plan reduces rather than denies; judged here like the criteria. */
  readonly limits?: { readonly checks?: readonly PolicyCriterion[] }
}

/** Evaluates every criterion. One that cannot be evaluated is unknown and says so. */
export function evaluateCriteria(policy: Policy, state: FormState): Criterion[] {
  const draft = new FormDraft(state, state.setting.now)
  return [...policy.criteria, ...(policy.limits?.checks ?? [])].map((criterion) => {
    const items = criterion.linkIds.flatMap((linkId) => itemsBelow(state, linkId))
    const result = evaluateIn(draft, null, { language: LANGUAGE.fhirpath, expression: criterion.expression })
    const value = result?.ok === true ? result.value.values[0]?.value : undefined
    const status = value === true ? 'met' : value === false ? 'not-met' : 'unknown'
    return {
      id: criterion.id,
      status,
      label: criterion.label,
      message: result?.ok === true ? reasonFor(status, criterion, items) : message('criteria.message.not-evaluated'),
      evidence: distinctEvidence(items),
      itemKey: whereToMend(state, criterion, items),
      source: criterion.source,
    }
  })
}

/** The questions of a link id: itself, or all below it where it is a group. */
function itemsBelow(state: FormState, linkId: string): ItemView[] {
  const within = (item: ItemView): boolean =>
    item.linkId === linkId ||
    (item.parent !== null && within(state.items.get(item.parent) ?? { ...item, parent: null, linkId: '' }))
  return [...state.items.values()].filter((item) => item.enabled && item.type !== 'display' && within(item))
}

function reasonFor(status: Criterion['status'], criterion: PolicyCriterion, items: readonly ItemView[]): Message {
  if (status === 'met') return message('criteria.message.met')
  if (status === 'not-met') return message('criteria.message.not-met', { reason: criterion.reason ?? criterion.label })
  const open = items.filter(({ type, answers }) => type !== 'group' && answers.length === 0).map(({ text }) => text)
  return open.length === 0
    ? message('criteria.message.unknown')
    : message('criteria.message.unanswered', { count: open.length, questions: open.slice(0, 3).join(', ') })
}

function distinctEvidence(items: readonly ItemView[]): Criterion['evidence'] {
  const all = items.flatMap(({ answers, origin }) => (answers.length === 0 ? [] : (origin?.evidence ?? [])))
  return all
    .filter(
      (one, index) =>
        all.findIndex(({ evidenceId, path }) => evidenceId === one.evidenceId && path === one.path) === index,
    )
    .slice(0, 12)
}

function whereToMend(state: FormState, criterion: PolicyCriterion, items: readonly ItemView[]): string | null {
  const open = items.find(({ needs }) => needs !== null)
  const [first] = criterion.linkIds
  const own = [...state.items.values()].find(({ linkId, enabled }) => enabled && linkId === first)
  return open?.key ?? own?.key ?? items[0]?.key ?? null
}
