/**
 * Everything that will be sent, in one page, and what stands against sending it (PAS 2.2.1 priv-1: the provider can review
 * before; DTR 2.2 sec-4: hidden answers that come from the chart are shown here).
 */
import type { ReviewView } from '../contract/case.ts'
import { answerText } from '../dtr/item/answer-value.ts'
import type { Completion } from '../dtr/form/completion.ts'
import { readFigures } from '../dtr/form/form-figures.ts'
import { nameItem } from '../dtr/form/item-name.ts'
import { listItems, type FormState, type ItemView } from '../dtr/form/form-state.ts'
import { sectionKey } from '../dtr/item/item-key.ts'
import { faultPath, type ProfileIssue } from '../profile/issue.ts'
import type { PasRequestError, UnresolvedReference } from '../pas/request-input.ts'
import type { RequestLine } from '../pas/request-lines.ts'
import { message } from '../result.ts'

type Problem = ReviewView['problems'][number]
type FormReview = ReviewView['forms'][number]
type AnswerRow = NonNullable<FormReview['answers']>['sections'][number]['answers'][number]

/** The answers that go out, by section; enabled items only, hidden ones too. */
export function reviewAnswers(form: FormState): NonNullable<FormReview['answers']> {
  const figures = readFigures(form)
  const sent = listItems(form).filter((item) => item.enabled && item.answers.length > 0)
  const sections = figures.sections.map(({ key, text }) => ({ key, title: text }))
  return {
    total: sent.length,
    fromChart: sent.filter((item) => item.origin?.kind === 'chart' && item.origin.source !== 'override').length,
    computed: sent.filter((item) => item.origin?.kind === 'computed').length,
    edited: figures.form.edited,
    entered: figures.form.entered,
    sections: sections
      .map(({ key, title }) => ({
        title,
        answers: sent.filter((item) => sectionKey(item.key) === key).map(answerRowOf(form)),
      }))
      .filter((section) => section.answers.length > 0),
  }
}

const answerRowOf =
  ({ items }: FormState) =>
  (item: ItemView): AnswerRow => {
    const confirmation = item.origin?.confirmation ?? null
    return {
      itemKey: item.key,
      label: nameItem(item, items),
      value: item.answers.map(answerText).join(', '),
      source: item.origin?.source ?? 'auto-server',
      kind: item.origin?.kind ?? 'payer',
      confirmed: confirmation === null ? null : confirmation.confirmedAt !== null,
    }
  }

/** What stands against a form's completion blocks; its warnings warn (DTR spec-142..145). */
export function formProblems(formId: string, { blockers, warnings }: Completion): Problem[] {
  const of = (severity: Problem['severity'], found: Completion['blockers']): Problem[] =>
    found.map(({ itemKey, message: text }) => ({ severity, message: text, screen: 'form', formId, itemKey }))
  return [...of('blocks', blockers), ...of('warns', warnings)]
}

/**
 * A form that cannot be shown: one that is still being filled is waited for, one that failed says why. All forms of a package
 * are meant to be completed (dtr.md §2): nothing goes out without one of them.
 */
export function unreadProblems({ formId, title, status, failure }: FormReview): Problem[] {
  if (status === 'ready') return []
  const found = [message(`problem.form.${status}`, { form: title ?? formId }), ...(failure === null ? [] : [failure])]
  return found.map((text) => ({ severity: 'blocks', message: text, screen: 'form', formId, itemKey: null }))
}

/**
 * What the lines leave open. A drug without its administration, or the reverse, is a warning to look at: payers decide on
 * both (requirement 5).
 */
export function lineProblems(lines: readonly RequestLine[]): Problem[] {
  const open = lines.flatMap((line) =>
    line.problems.map((problem): Problem => ({
      severity: 'blocks',
      message: message(`problem.line.${problem}`, { line: line.sequence, title: line.title }),
      screen: problem === 'weight-missing' ? 'form' : 'coverage',
      formId: null,
      itemKey: null,
    })),
  )
  const has = (kind: RequestLine['kind']): boolean => lines.some((line) => line.kind === kind)
  if (has('drug') !== has('administration') && !has('service')) {
    const key = has('drug') ? 'problem.administrationMissing' : 'problem.drugMissing'
    return [...open, { severity: 'warns', message: message(key), screen: 'coverage', formId: null, itemKey: null }]
  }
  return open
}

/** What keeps the request from being built. `line-incomplete` is said by `lineProblems` already. */
export function requestProblems(error: PasRequestError): Problem[] {
  if (error.reason === 'line-incomplete') return []
  return [
    {
      severity: 'blocks',
      message: message(`problem.request.${error.reason}`, error.params),
      screen: 'coverage',
      formId: null,
      itemKey: null,
    },
  ]
}

/** Whom the plan is of did not come from the chart: the member number stands for that person, which most payers take. */
export function subscriberProblems(unresolved: readonly UnresolvedReference[]): Problem[] {
  if (!unresolved.some(({ path }) => path === 'Coverage.subscriber')) return []
  const found = message('problem.request.subscriber-unread')
  return [{ severity: 'warns', message: found, screen: 'coverage', formId: null, itemKey: null }]
}

/** In the narrative of a chart's resource: no payer decides by it, nobody here can mend it, and no request waits for it. */
const isOfNarrative = (issue: ProfileIssue): boolean => /[.]text([.]div)?$/.test(faultPath(issue))

/** What a payer would send back: said before signing, not after. The first fault is enough to stop. */
export function bundleProblems(issues: readonly ProfileIssue[]): Problem[] {
  const first = issues.find((issue) => !isOfNarrative(issue))
  if (first === undefined) return []
  const path = faultPath(first)
  const key = first.id.endsWith('#us-core-17') ? 'problem.request.npi-invalid' : 'problem.request.invalid'
  return [{ severity: 'blocks', message: message(key, { path }), screen: 'coverage', formId: null, itemKey: null }]
}
