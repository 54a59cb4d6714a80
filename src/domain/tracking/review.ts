/**
 * Everything that will be sent, in one page, and what stands against sending it (PAS 2.2.1 priv-1: the provider can review
 * before; DTR 2.2 sec-4: hidden answers that come from the chart are shown here).
 */
import type { ReviewView } from '../contract/case.ts'
import { answerText } from '../dtr/answer-value.ts'
import { counts, issues, listItems, listSections, type FormState, type ItemView } from '../dtr/form-state.ts'
import { sectionKey } from '../dtr/item-key.ts'
import type { PasIssue } from '../pas/profile-rule.ts'
import type { PasRequestError } from '../pas/request-input.ts'
import type { RequestLine } from '../pas/request-lines.ts'
import { message } from '../result.ts'

type Problem = ReviewView['problems'][number]

/** The answers that go out, by section; enabled items only, hidden ones too. */
export function reviewAnswers(form: FormState): ReviewView['answers'] {
  const figures = counts(form)
  const sent = listItems(form).filter((item) => item.enabled && item.answers.length > 0)
  const sections = listSections(form).map((section) => ({ key: section.key, title: section.text }))
  return {
    total: sent.length,
    fromChart: sent.filter((item) => item.origin?.kind === 'chart' && item.origin.source !== 'override').length,
    computed: sent.filter((item) => item.origin?.kind === 'computed').length,
    edited: figures.edited,
    entered: figures.entered,
    sections: sections
      .map(({ key, title }) => ({ title, answers: sent.filter((item) => sectionKey(item.key) === key).map(answerRow) }))
      .filter((section) => section.answers.length > 0),
  }
}

function answerRow(item: ItemView): ReviewView['answers']['sections'][number]['answers'][number] {
  const confirmation = item.origin?.confirmation ?? null
  return {
    itemKey: item.key,
    label: item.repetition === null ? item.text : `${item.text} (${item.repetition.index + 1})`,
    value: item.answers.map(answerText).join(', '),
    source: item.origin?.source ?? 'auto-server',
    kind: item.origin?.kind ?? 'payer',
    confirmed: confirmation === null ? null : confirmation.confirmedAt !== null,
  }
}

/** What the form leaves open: its errors block, its warnings warn. */
export function formProblems(form: FormState): Problem[] {
  return issues(form).map((issue) => ({
    severity: issue.severity === 'error' ? 'blocks' : 'warns',
    message: issue.message,
    screen: 'form',
    itemKey: issue.itemKey,
  }))
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
      itemKey: null,
    })),
  )
  const has = (kind: RequestLine['kind']): boolean => lines.some((line) => line.kind === kind)
  if (has('drug') !== has('administration') && !has('service')) {
    const key = has('drug') ? 'problem.administrationMissing' : 'problem.drugMissing'
    return [...open, { severity: 'warns', message: message(key), screen: 'coverage', itemKey: null }]
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
      itemKey: null,
    },
  ]
}

/** What a payer would send back: said before signing, not after. The first fault is enough to stop. */
export function bundleProblems([first]: readonly PasIssue[]): Problem[] {
  if (first === undefined) return []
  const { path, reason } = first
  const key = reason === 'npi-invalid' ? 'problem.request.npi-invalid' : 'problem.request.invalid'
  return [{ severity: 'blocks', message: message(key, { path }), screen: 'coverage', itemKey: null }]
}
