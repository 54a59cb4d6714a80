/** What is kept of a request from the start: by which it is found again, whoever sent it. */
import type { PasRequest } from '#domain/pas/pas-request.ts'
import type { SubmissionRow } from '../store/repositories/submissions.ts'

/** What the request does not say of itself. */
type Circumstances = Pick<
  SubmissionRow,
  | 'tenant'
  | 'id'
  | 'caseId'
  | 'submissionId'
  | 'source'
  | 'payerId'
  | 'bundleExchangeId'
  | 'state'
  | 'attempts'
  | 'createdAt'
  | 'sentAt'
  | 'pasVersion'
>

const SETTLED: readonly string[] = ['answered', 'refused', 'not-sent']

/** Whether the payer has spoken, or the request certainly never reached it. */
export const isSettled = ({ state }: Pick<SubmissionRow, 'state'>): boolean => SETTLED.includes(state)

/** The row of a request that nobody has answered. */
export const newSubmissionRow = (request: PasRequest, circumstances: Circumstances): SubmissionRow => ({
  ...circumstances,
  bundleIdentifier: request.bundleIdentifier,
  claimIdentifier: request.claimIdentifier,
  traceNumbers: request.traces,
  memberId: request.member.memberId,
  subscriberId: request.member.subscriberId,
  providerNpis: request.providerNpis,
  priorClaim: request.priorClaim,
  servicesEnd: request.servicesEnd,
  unknownSince: null,
  unknownStep: null,
  nextAt: null,
  answeredAt: null,
  answerExchangeId: null,
  answerReference: null,
  metricAt: null,
  pended: false,
})
