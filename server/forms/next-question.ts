/** One call of `$next-question`: the response in the payer's version, its answer back in ours. */
import type { QuestionnaireResponse } from 'fhir/r4'
import {
  buildNextQuestionRequest,
  findContainedQuestionnaire,
  parseNextQuestion,
  type NextQuestion,
} from '#domain/dtr/adaptive/adaptive.ts'
import { downcastResponse } from '#domain/dtr/response/downcast-response.ts'
import { readItemIssues, type ItemIssue } from '#domain/dtr/package/outcome-issues.ts'
import { upcastResponse } from '#domain/dtr/response/upcast-response.ts'
import { err, message, ok, type Message, type Result } from '#domain/result.ts'
import type { PayerDtrClient } from '../clients/payer-dtr.ts'
import { parseJsonBody } from '../clients/http-exchange.ts'
import type { PayerExchange } from '../clients/payer-crd.ts'
import type { PayerConfig } from '../config.ts'

export interface NextQuestionDeps {
  readonly client: PayerDtrClient
  readonly payer: PayerConfig
  readonly keep: (kind: string, exchange: PayerExchange) => Promise<string>
}

export interface NextQuestionRefused {
  readonly failure: Message
  /** What the payer says of single items (400 with an OperationOutcome). */
  readonly itemIssues: readonly ItemIssue[]
}

/** Asks, until `signal` ends it. `response` is as we keep it, with the payer's questionnaire contained. */
export async function askNextQuestion(
  { client, payer, keep }: NextQuestionDeps,
  url: string,
  response: QuestionnaireResponse,
  signal?: AbortSignal,
): Promise<Result<NextQuestion, NextQuestionRefused>> {
  const about = { payer: payer.name, phone: payer.phone }
  const refused = (reason: string, itemIssues: readonly ItemIssue[] = []): Result<never, NextQuestionRefused> =>
    err({ failure: message(`form.failure.${reason}`, about), itemIssues })
  const version = payer.dtr?.version ?? '2.2'
  // An adaptive response names what it contains: there is no version to leave out.
  const written = downcastResponse(response, { version, bareCanonical: false })
  if (!written.ok) return refused(written.error.reason)
  const request = buildNextQuestionRequest(written.value.resource, version)
  const exchange = await client.nextQuestion(payer, url, request, signal)
  await keep('dtr-next-question', exchange)
  if (!exchange.result.ok) {
    const issues = readItemIssues(parseJsonBody(exchange.responseBody), response, repeatingGroups(response))
    return refused(exchange.result.error.reason, issues)
  }
  const parsed = parseNextQuestion(exchange.result.value)
  if (!parsed.ok) return refused(parsed.error.reason)
  return ok({ ...parsed.value, response: upcastResponse(parsed.value.response, 'payer').resource })
}

function repeatingGroups(response: QuestionnaireResponse): (linkId: string) => boolean {
  const found = new Set<string>()
  const visit = (items: NonNullable<ReturnType<typeof findContainedQuestionnaire>>['item']): void => {
    for (const item of items ?? []) {
      if (item.type === 'group' && item.repeats === true) found.add(item.linkId)
      visit(item.item)
    }
  }
  visit(findContainedQuestionnaire(response)?.item)
  return (linkId) => found.has(linkId)
}
