/**
 * A payer's whole answer, section by section: every must-support element of the ClaimResponse and inquiry response
 * profiles (PAS 2.2.1 and 2.0.1, pas.md §3, §11.4, §13). For the record and the detail view alone: what a line's state is
 * stands in `read-pas-response.ts`. Pure.
 */
import type {
  ClaimResponse,
  ClaimResponseAddItem,
  ClaimResponseItem,
  ClaimResponseItemAdjudication,
  Extension,
} from 'fhir/r4'
import type { AnswerSection } from '../contract/answer.ts'
import { EXT } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import {
  codesFact,
  flagFact,
  identifierFacts,
  moneyFact,
  periodFact,
  providerFacts,
  quantityFact,
  referenceFact,
  textFact,
  type AnswerFact,
  type Within,
} from './answer-facts.ts'
import type { PasVersion } from './pas-response.ts'
import { readDecision } from './review-action.ts'

type Extensible = { extension?: Extension[] | undefined } | undefined

const valueOf = (of: Extensible, url: string): Partial<Extension> => readExtension(of, url) ?? {}

const dateOf = ({ valueDate, valueDateTime }: Partial<Extension>): string | undefined => valueDate ?? valueDateTime

function decisionFacts(adjudications: readonly ClaimResponseItemAdjudication[] | undefined): AnswerFact[] {
  const decision = readDecision(adjudications)
  if (decision === null) return []
  const { status, code, authorizationNumber, reasons, secondSurgicalOpinion } = decision
  return [
    ...(code === null ? [] : [{ name: 'decision', value: { kind: 'decision' as const, status, code } }]),
    ...textFact('authorizationNumber', authorizationNumber),
    ...reasons.map((reason) => ({ name: 'reason', value: { kind: 'codes' as const, codes: [reason] } })),
    ...flagFact('secondSurgicalOpinion', secondSurgicalOpinion),
  ]
}

/** Numbers and dates, on items and addItems alike. */
function numberFacts(of: Extensible): AnswerFact[] {
  const issued = valueOf(of, EXT.itemPreAuthIssueDate)
  const asked = valueOf(of, EXT.itemRequestedServiceDate)
  const admission = valueOf(of, EXT.admissionDates)
  const discharge = valueOf(of, EXT.dischargeDate)
  return [
    ...readExtensions(of, EXT.itemTraceNumber).flatMap(({ valueIdentifier }) =>
      identifierFacts('traceNumber', valueIdentifier),
    ),
    ...periodFact('issuedOn', undefined, dateOf(issued)),
    ...periodFact('validity', valueOf(of, EXT.itemPreAuthPeriod).valuePeriod),
    ...textFact('previousAuthorizationNumber', valueOf(of, EXT.authorizationNumber).valueString),
    ...textFact('trackingNumber', valueOf(of, EXT.administrationReferenceNumber).valueString),
    ...periodFact('requestedServiceDate', asked.valuePeriod, dateOf(asked)),
    ...periodFact('admission', admission.valuePeriod, dateOf(admission)),
    ...periodFact('discharge', undefined, dateOf(discharge)),
  ]
}

/** What a service may be told apart by, beside its code: on addItems, and within itemAuthorizedDetail. */
function serviceFacts(of: Extensible, within: Within): AnswerFact[] {
  // 2.0.1 names the revenue code by a relative URL.
  const revenue = readExtension(of, EXT.revenueCode) ?? readExtension(of, 'revenue')
  return [
    ...codesFact('serviceEnd', valueOf(of, EXT.productOrServiceCodeEnd).valueCodeableConcept),
    ...flagFact('epsdt', valueOf(of, EXT.epsdtIndicator).valueBoolean),
    ...codesFact('nursingHomeStatus', valueOf(of, EXT.nursingHomeResidentialStatus).valueCodeableConcept),
    ...codesFact('nursingHomeLevel', valueOf(of, EXT.nursingHomeLevelOfCare).valueCodeableConcept),
    ...codesFact('revenue', revenue?.valueCodeableConcept),
    ...textFact('revenueRate', valueOf(of, EXT.revenueUnitRateLimit).valueDecimal),
    ...['authorizedService', EXT.requestedService].flatMap((url) =>
      referenceFact('orderedService', valueOf(of, url).valueReference, within),
    ),
    ...codesFact('requestType', valueOf(of, EXT.requestType).valueCodeableConcept),
    ...codesFact('certificationType', valueOf(of, EXT.certificationType).valueCodeableConcept),
    ...codesFact('category', valueOf(of, EXT.itemCategory).valueCodeableConcept),
  ]
}

function detailFacts(detail: Extension, within: Within): AnswerFact[] {
  return [
    ...codesFact('service', valueOf(detail, 'productOrServiceCode').valueCodeableConcept),
    ...readExtensions(detail, 'modifier').flatMap((one) => codesFact('modifier', one.valueCodeableConcept)),
    ...quantityFact('quantity', valueOf(detail, 'quantity').valueQuantity),
    ...moneyFact('unitPrice', valueOf(detail, 'unitPrice').valueMoney),
    ...serviceFacts(detail, within),
  ]
}

const notesOf = (numbers: readonly number[] | undefined, response: ClaimResponse): AnswerFact[] =>
  (numbers ?? []).flatMap((number) =>
    textFact('note', response.processNote?.find((note) => note.number === number)?.text),
  )

function itemFacts(item: ClaimResponseItem, response: ClaimResponse, within: Within): AnswerFact[] {
  return [
    ...decisionFacts(item.adjudication),
    ...numberFacts(item),
    ...readExtensions(item, EXT.communicatedDiagnosis).flatMap((one) =>
      codesFact('diagnosis', one.valueCodeableConcept),
    ),
    ...providerFacts(item, within),
    ...notesOf(item.noteNumber, response),
  ]
}

function addedFacts(added: ClaimResponseAddItem, response: ClaimResponse, within: Within): AnswerFact[] {
  const providers = Array.isArray(added.provider) ? added.provider : []
  return [
    ...decisionFacts(added.adjudication),
    ...codesFact('service', added.productOrService),
    ...(Array.isArray(added.modifier) ? added.modifier : []).flatMap((one) => codesFact('modifier', one)),
    ...quantityFact('quantity', added.quantity),
    ...moneyFact('unitPrice', added.unitPrice),
    ...periodFact('serviced', added.servicedPeriod, added.servicedDate),
    ...codesFact('location', added.locationCodeableConcept),
    ...referenceFact('location', added.locationReference, within),
    ...textFact('location', added.locationAddress?.text ?? added.locationAddress?.city),
    ...serviceFacts(added, within),
    ...numberFacts(added),
    ...providers.flatMap((provider) => [
      ...referenceFact('authorizedProvider', provider, within),
      ...codesFact('providerType', valueOf(provider, EXT.authorizedProviderType).valueCodeableConcept),
    ]),
    ...notesOf(added.noteNumber, response),
  ]
}

function headerFacts(response: ClaimResponse, within: Within): AnswerFact[] {
  const ids = readExtension(response, EXT.transmissionIdentifiers)
  const reviewer = readExtension(response, EXT.claimResponseReviewer)
  const { request } = response
  return [
    ...decisionFacts(response.adjudication),
    ...(response.identifier ?? []).flatMap((one) => identifierFacts('answerNumber', one)),
    ...textFact('created', response.created),
    ...textFact('status', response.status),
    ...textFact('outcome', response.outcome),
    ...periodFact('validity', response.preAuthPeriod),
    // Never the authorization number (pas.md §3.2), but the payer's word all the same.
    ...textFact('preAuthRef', response.preAuthRef),
    ...referenceFact('patient', response.patient, within),
    ...referenceFact('insurer', response.insurer, within),
    ...referenceFact('requestor', response.requestor, within),
    ...referenceFact('request', request, within),
    ...textFact('requestAbsent', readExtension(request, EXT.dataAbsentReason)?.valueCode),
    ...flagFact('humanReviewed', valueOf(reviewer, 'wasHumanReviewedFlag').valueBoolean),
    ...identifierFacts('reviewerNpi', valueOf(reviewer, 'reviewerNPI').valueIdentifier),
    ...codesFact('reviewerSpecialty', valueOf(reviewer, 'reviewerSpecialty').valueCodeableConcept),
    ...providerFacts(response, within),
    ...['applicationSenderCode', 'applicationReceiverCode', 'interchangeSenderID', 'interchangeReceiverID'].flatMap(
      (url) => textFact(url, valueOf(ids, url).valueString),
    ),
    ...(response.processNote ?? []).flatMap(({ text }) => textFact('note', text)),
  ]
}

/**
 * The sections of an answer that hold something. In 2.0.1 a line's authorized detail is what is granted, in 2.2.1 what was
 * asked for (pas.md §3.3).
 * @param sequences the lines that were asked for: an addItem of another one is a line that the payer added
 */
export function readAnswerDetails(
  response: ClaimResponse,
  within: Within,
  { version, sequences }: { version: PasVersion; sequences: readonly number[] },
): AnswerSection[] {
  const sections: AnswerSection[] = [{ about: 'answer', sequence: null, facts: headerFacts(response, within) }]
  for (const item of response.item ?? []) {
    const sequence = item.itemSequence
    sections.push({ about: 'line', sequence, facts: itemFacts(item, response, within) })
    const about = version === '2.0.1' ? 'granted' : 'asked'
    const detail = readExtension(item, EXT.itemAuthorizedDetail)
    if (detail !== undefined) sections.push({ about, sequence, facts: detailFacts(detail, within) })
  }
  for (const added of response.addItem ?? [])
    for (const sequence of added.itemSequence ?? [])
      sections.push({
        about: sequences.includes(sequence) ? 'granted' : 'added',
        sequence,
        facts: addedFacts(added, response, within),
      })
  const order = ({ sequence }: AnswerSection): number => sequence ?? 0
  return sections.filter(({ facts }) => facts.length > 0).toSorted((one, other) => order(one) - order(other))
}
