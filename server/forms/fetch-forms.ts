/** Asks the payer for the forms of a case. What comes back is a list of forms, or a failure with its reason. */
import { buildPackageRequest, downcastPackageRequest, listReferenced } from '#domain/dtr/package/package-request.ts'
import {
  parseQuestionnairePackage,
  readOutcomeText,
  type QuestionnairePackage,
} from '#domain/dtr/package/questionnaire-package.ts'
import { err, message, ok, type Message, type Result } from '#domain/result.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { PayerConfig } from '../config.ts'

export interface FetchedForms {
  readonly forms: readonly QuestionnairePackage[]
  /** The payer's words. */
  readonly outcome: string | null
  /** The kept answer. */
  readonly exchangeId: string
  readonly retrievedAt: string
}

export interface FetchFormsInput {
  readonly client: PayerDtrClient
  readonly payer: PayerConfig
  readonly context: CaseContext
  /** The trace number under which the payer hands out a form that it asks for: the whole question (pas.md §6.4). */
  readonly askedUnder?: string
  /** Canonicals that limit what comes back; none asks for all that is needed (and after an expired form: spec-123). */
  readonly questionnaires: readonly string[]
  /** When our kept package was retrieved: no forms then means that nothing changed. */
  readonly changedSince: string | null
  /** Keeps the exchange whatever came of it; gives the id of the answer. */
  readonly keep: (kind: string, exchange: PayerExchange) => Promise<string>
}

/** One call. */
export async function fetchForms(input: FetchFormsInput): Promise<Result<FetchedForms, Message>> {
  const { client, payer, context } = input
  const about = { payer: payer.name, phone: payer.phone }
  const orders = input.askedUnder === undefined ? context.orders : []
  const request = downcastPackageRequest(
    buildPackageRequest({
      coverage: context.coverage,
      orders,
      referenced: listReferenced(orders, [context.patient, ...context.known]),
      assertionId: input.askedUnder ?? context.assertionIds[0] ?? null,
      questionnaires: input.questionnaires,
      changedSince: input.changedSince,
    }),
    payer.dtr?.version ?? '2.2',
  )
  if (!request.ok) return err(message(`form.failure.${request.error.reason}`, about))
  const exchange = await client.questionnairePackage(payer, request.value.resource)
  const exchangeId = await input.keep('dtr-package', exchange)
  if (!exchange.result.ok) return err(message(`form.failure.${exchange.result.error.reason}`, about))
  const answer = parseQuestionnairePackage(exchange.result.value)
  if (!answer.ok)
    return err(message(`form.failure.${answer.error.reason}`, { ...about, path: answer.error.path ?? '' }))
  const outcome = answer.value.outcome === null ? null : readOutcomeText(answer.value.outcome)
  const { packages } = answer.value
  if (packages.length === 0 && input.changedSince === null)
    return err(message('form.failure.no-form', { payer: payer.name, text: outcome ?? '' }))
  return ok({ forms: packages, outcome, exchangeId, retrievedAt: exchange.answeredAt })
}
