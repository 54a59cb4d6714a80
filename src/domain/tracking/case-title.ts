/**
 * The sentences that say where a case stands, who has to act and what comes next. A person who reads only these knows.
 */
import type { CaseState, CaseView } from '../contract/case.ts'
import type { LineStatus } from '../contract/line-status.ts'
import { message, type Message } from '../result.ts'

export interface Standing {
  readonly state: CaseState
  readonly payerName: string
  readonly payerPhone: string | null
  readonly lines: readonly LineStatus[]
  readonly openRequests: number
  /** Required answers missing or unconfirmed, while the case is a draft; null where the form is not read yet. */
  readonly openAnswers: number | null
  readonly unknownStep: NonNullable<CaseView['unknown']>['step'] | null
}

const count = (lines: readonly LineStatus[], ...of: LineStatus[]): number =>
  lines.filter((line) => of.includes(line)).length

/** The title of the case page. */
export function caseTitle(standing: Standing): Message {
  const { state, lines, payerName } = standing
  const denied = count(lines, 'denied')
  const reduced = count(lines, 'modified', 'partially-approved')
  switch (state) {
    case 'draft':
      return message('case.title.draft')
    case 'ready':
      return message('case.title.ready', { payer: payerName })
    case 'sending':
      return message('case.title.sending', { payer: payerName })
    case 'sent':
      return message('case.title.sent', { payer: payerName })
    case 'unknown': {
      const open = count(lines, 'unknown', 'none')
      return open < lines.length
        ? message('case.title.unknownLines', { count: open, payer: payerName })
        : message('case.title.unknown', { payer: payerName })
    }
    case 'pended':
      return standing.openRequests > 0
        ? message('case.title.asks', { count: standing.openRequests, payer: payerName })
        : message('case.title.pended', { payer: payerName })
    case 'approved':
      return message('case.title.approved', { count: lines.length })
    case 'modified':
      return message('case.title.modified', { count: reduced })
    case 'partly-approved':
      return reduced > 0 && denied > 0
        ? message('case.title.partlyBoth', { denied, reduced })
        : denied > 0
          ? message('case.title.partlyDenied', { count: denied })
          : message('case.title.partlyReduced', { count: reduced })
    case 'denied':
      return message('case.title.denied', { payer: payerName })
    case 'not-required':
      return message('case.title.notRequired', { payer: payerName })
    case 'action-needed':
      return message('case.title.actionNeeded', { payer: payerName })
    case 'rejected':
      return message('case.title.rejected', { payer: payerName })
    case 'cancelled':
      return message('case.title.cancelled')
  }
}

/** What comes next, and whose turn it is. */
export function nextStep(standing: Standing): { message: Message | null; owner: CaseView['owner'] } {
  const { state, payerName, payerPhone } = standing
  switch (state) {
    case 'draft':
      return {
        message:
          standing.openAnswers === null
            ? message('case.next.completeForm')
            : message('case.next.answersLeft', { count: standing.openAnswers }),
        owner: 'clinician',
      }
    case 'ready':
      return { message: message('case.next.sign', { payer: payerName }), owner: 'clinician' }
    case 'sending':
    case 'sent':
      return { message: message('case.next.waitAnswer', { payer: payerName }), owner: 'payer' }
    case 'unknown':
      return standing.unknownStep === 'person' || standing.unknownStep === null
        ? {
            message:
              payerPhone === null
                ? message('case.next.callPayerNoPhone', { payer: payerName })
                : message('case.next.callPayer', { payer: payerName, phone: payerPhone }),
            owner: 'pa-staff',
          }
        : { message: message(`case.next.unknown.${standing.unknownStep}`, { payer: payerName }), owner: 'precert' }
    case 'pended':
      return standing.openRequests > 0
        ? { message: message('case.next.answerRequests', { count: standing.openRequests }), owner: 'pa-staff' }
        : { message: message('case.next.waitDecision', { payer: payerName }), owner: 'payer' }
    case 'action-needed':
      return {
        message:
          payerPhone === null
            ? message('case.next.callPayerNoPhone', { payer: payerName })
            : message('case.next.callPayer', { payer: payerName, phone: payerPhone }),
        owner: 'pa-staff',
      }
    case 'rejected':
      return { message: message('case.next.correct'), owner: 'pa-staff' }
    case 'denied':
    case 'partly-approved':
    case 'modified':
      return { message: message('case.next.considerDenial'), owner: 'clinician' }
    case 'approved':
    case 'not-required':
    case 'cancelled':
      return { message: null, owner: 'nobody' }
  }
}
