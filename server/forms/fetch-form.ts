/** Asks the payer for the form of a case and picks it: expired, adaptive and missing forms are failures with their reason. */
import { isAdaptive } from '#domain/dtr/adaptive.ts'
import { buildPackageRequest, listReferenced } from '#domain/dtr/package-request.ts'
import {
  isExpired,
  parseQuestionnairePackage,
  readOutcomeText,
  type QuestionnairePackage,
} from '#domain/dtr/questionnaire-package.ts'
import { err, message, ok, type Message, type Result } from '#domain/result.ts'
import type { CaseContext } from '../cases/case-record.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { PayerConfig } from '../config.ts'

export interface FetchedForm {
  readonly form: QuestionnairePackage
  readonly outcome: string | null
}

/** One call. The exchange is handed to `keep` whatever came of it. */
export async function fetchForm(
  client: PayerDtrClient,
  payer: PayerConfig,
  context: CaseContext,
  today: string,
  keep: (exchange: PayerExchange) => Promise<void>,
): Promise<Result<FetchedForm, Message>> {
  const exchange = await client.questionnairePackage(
    payer,
    buildPackageRequest({
      coverage: context.coverage,
      orders: context.orders,
      assertionId: context.assertionIds[0] ?? null,
      referenced: listReferenced(context.orders, [context.patient, ...context.known]),
      questionnaires: [],
      changedSince: null,
    }),
  )
  await keep(exchange)
  if (!exchange.result.ok)
    return err(message(`form.failure.${exchange.result.error.reason}`, { payer: payer.name, phone: payer.phone }))
  const answer = parseQuestionnairePackage(exchange.result.value)
  if (!answer.ok) return err(message('form.failure.payer-nonsense', { payer: payer.name, phone: payer.phone }))
  const outcome = answer.value.outcome === null ? null : readOutcomeText(answer.value.outcome)
  const [form] = answer.value.packages
  if (form === undefined) return err(message('form.failure.no-form', { payer: payer.name, text: outcome ?? '' }))
  if (isAdaptive(form.questionnaire)) return err(message('form.failure.adaptive', { payer: payer.name }))
  // The payer handed out a form that has ended (DTR spec-124): nothing that is filled in now would count.
  if (isExpired(form.questionnaire, today))
    return err(message('form.failure.expired', { payer: payer.name, phone: payer.phone }))
  return ok({ form, outcome })
}
