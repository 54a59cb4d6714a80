/**
 * What the payer asks for in an answer: CommunicationRequests and ready-made Tasks as one list (pas.md §3.7, §6.4).
 * A referenced request that the Bundle does not hold is kept, without codes: it must not vanish.
 */
import type {
  Bundle,
  ClaimResponse,
  CodeableConcept,
  CommunicationRequest,
  CommunicationRequestPayload,
  FhirResource,
  Identifier,
  Task,
  TaskInput,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import {
  codesFact,
  identifierFacts,
  periodFact,
  referenceFact,
  textFact,
  type AnswerFact,
  type Within,
} from './answer-facts.ts'
import type { PasCode, PasInformationRequest } from './pas-response.ts'
import { readCodes } from './review-action.ts'

/** LOINC: complete the questionnaire whose context id is the trace number (pas.md §6.4). */
const COMPLETE_QUESTIONNAIRE = '102089-0'

/** 2.0.1 numbers the lines of a Task's inputs by an extension of its own. */
const readLineNumber = (of: Parameters<typeof readExtension>[0]): number | null =>
  readExtension(of, EXT.serviceLineNumber)?.valuePositiveInt ??
  readExtension(of, EXT.paLineNumber)?.valueInteger ??
  null

const readModifiers = (of: Parameters<typeof readExtension>[0]): PasCode[] =>
  readExtensions(of, EXT.contentModifier).flatMap((modifier) => readCodes(modifier.valueCodeableConcept))

/** 2.2.1 puts the line number on the request, 2.0.1 on its payload. */
function readPayloadCodes(payload: CommunicationRequestPayload): PasCode[] {
  const code = payload.contentString?.trim()
  return code === undefined || code === '' ? [] : [{ system: SYSTEM.loinc, code, text: null }]
}

/** Trace numbers that carry the DTR context id: the line's, or the header's when no line is named. */
function readContexts(claimResponse: ClaimResponse, lineSequence: number | null): string[] {
  if (lineSequence === null) return claimResponse.identifier?.flatMap(({ value }) => value ?? []) ?? []
  const item = claimResponse.item?.find(({ itemSequence }) => itemSequence === lineSequence)
  return readExtensions(item, EXT.itemTraceNumber).flatMap((trace) => trace.valueIdentifier?.value ?? [])
}

/** The business identifier, else that of the answer that asks (pas.md §6.4, mapping to Task.identifier). */
function readTracking(
  own: readonly Identifier[] | undefined,
  claimResponse: ClaimResponse,
): PasInformationRequest['tracking'] {
  const [found] = [...(own ?? []), ...(claimResponse.identifier ?? [])].filter(({ value }) => value !== undefined)
  return found?.value === undefined ? null : { system: found.system ?? null, value: found.value }
}

function communicationFacts(request: CommunicationRequest, within: Within): AnswerFact[] {
  const payloads = request.payload ?? []
  return [
    ...(request.identifier ?? []).flatMap((one) => identifierFacts('requestNumber', one)),
    ...textFact('lineNumber', readLineNumber(request) ?? undefined),
    ...(request.category ?? []).flatMap((one) => codesFact('category', one)),
    ...(Array.isArray(request.medium) ? request.medium : []).flatMap((one) => codesFact('medium', one)),
    ...payloads.flatMap((payload) => [
      ...textFact('document', payload.contentString),
      ...textFact('lineNumber', readLineNumber(payload) ?? undefined),
      ...readExtensions(payload, EXT.communicatedDiagnosis).flatMap((one) =>
        codesFact('diagnosis', one.valueCodeableConcept),
      ),
      ...readExtensions(payload, EXT.contentModifier).flatMap((one) => codesFact('modifier', one.valueCodeableConcept)),
    ]),
    ...referenceFact('requester', request.requester, within),
    ...(Array.isArray(request.recipient) ? request.recipient : []).flatMap((one) =>
      referenceFact('recipient', one, within),
    ),
    ...referenceFact('sender', request.sender, within),
  ]
}

function readCommunicationRequest(
  request: CommunicationRequest,
  reference: string,
  claimResponse: ClaimResponse,
  within: Within,
): PasInformationRequest {
  const payloads = request.payload ?? []
  const codes = [...(request.category ?? []).flatMap(readCodes), ...payloads.flatMap(readPayloadCodes)]
  const onPayload = payloads.map(readLineNumber).find((line) => line !== null)
  const lineSequence = readLineNumber(request) ?? onPayload ?? null
  const asksForForm = codes.some((code) => code.code === COMPLETE_QUESTIONNAIRE)
  return {
    id: request.identifier?.[0]?.value ?? request.id ?? reference,
    kind: 'communication-request',
    tracking: readTracking(request.identifier, claimResponse),
    lineSequence,
    codes,
    facts: communicationFacts(request, within),
    modifiers: payloads.flatMap(readModifiers),
    questionnaireContexts: asksForForm ? readContexts(claimResponse, lineSequence) : [],
    dueAt: request.occurrencePeriod?.end ?? request.occurrenceDateTime ?? null,
    payerUrl: null,
  }
}

const isOfType = (type: CodeableConcept | undefined, code: string): boolean =>
  type?.coding?.some((coding) => coding.system === SYSTEM.pasTemp && coding.code === code) === true

const inputsOf = (task: Task, code: string): TaskInput[] =>
  task.input?.filter((input) => isOfType(input.type, code)) ?? []

function inputFacts(input: TaskInput): AnswerFact[] {
  return [
    ...textFact('payerUrl', input.valueUrl),
    ...codesFact('document', input.valueCodeableConcept),
    ...textFact('questionnaireContext', input.valueString ?? input.valueIdentifier?.value),
    ...textFact('lineNumber', readLineNumber(input) ?? undefined),
    ...readExtensions(input, EXT.contentModifier).flatMap((one) => codesFact('modifier', one.valueCodeableConcept)),
  ]
}

function taskFacts(task: Task, within: Within): AnswerFact[] {
  return [
    ...(task.identifier ?? []).flatMap((one) => identifierFacts('requestNumber', one)),
    ...textFact('status', task.status),
    ...codesFact('statusReason', task.statusReason),
    ...textFact('intent', task.intent),
    ...codesFact('taskCode', task.code),
    ...codesFact('reasonCode', task.reasonCode),
    ...referenceFact('patient', task.for, within),
    ...referenceFact('requester', task.requester, within),
    ...referenceFact('owner', task.owner, within),
    ...referenceFact('request', task.reasonReference, within),
    ...periodFact('answerWithin', task.restriction?.period),
    ...(task.input ?? []).flatMap(inputFacts),
  ]
}

/** The context is a string in 2.2.1, an Identifier under another name in 2.0.1 (pas.md §13). */
function readTask(task: Task, fullUrl: string, claimResponse: ClaimResponse, within: Within): PasInformationRequest {
  const attachments = inputsOf(task, 'attachments-needed')
  const contexts = [...inputsOf(task, 'questionnaire-context'), ...inputsOf(task, 'questionnaires-needed')]
  const lines = [...attachments, ...contexts].map(readLineNumber)
  return {
    id: task.identifier?.[0]?.value ?? task.id ?? fullUrl,
    kind: 'task',
    tracking: readTracking(task.identifier, claimResponse),
    lineSequence: lines.find((line) => line !== null) ?? null,
    codes: attachments.flatMap((input) => readCodes(input.valueCodeableConcept)),
    facts: taskFacts(task, within),
    modifiers: attachments.flatMap(readModifiers),
    questionnaireContexts: contexts.flatMap((input) => input.valueString ?? input.valueIdentifier?.value ?? []),
    dueAt: task.restriction?.period?.end ?? null,
    payerUrl: inputsOf(task, 'payer-url')[0]?.valueUrl ?? null,
  }
}

const unresolved = (id: string, claimResponse: ClaimResponse): PasInformationRequest => ({
  id,
  kind: 'communication-request',
  tracking: readTracking([], claimResponse),
  lineSequence: null,
  codes: [],
  facts: [],
  modifiers: [],
  questionnaireContexts: [],
  dueAt: null,
  payerUrl: null,
})

/** Every request for information that came with an answer, each once. */
export function readInformationRequests(
  claimResponse: ClaimResponse,
  bundle: Bundle<FhirResource> | null,
): PasInformationRequest[] {
  const found: PasInformationRequest[] = []
  for (const reference of claimResponse.communicationRequest ?? []) {
    const literal = reference.reference ?? reference.identifier?.value ?? reference.display
    if (literal === undefined) continue
    const target = bundle === null ? undefined : resolveInBundle(bundle, reference)
    found.push(
      target?.resourceType === 'CommunicationRequest'
        ? readCommunicationRequest(target, literal, claimResponse, bundle)
        : unresolved(literal, claimResponse),
    )
  }
  for (const { resource, fullUrl } of bundle?.entry ?? [])
    if (resource?.resourceType === 'Task') found.push(readTask(resource, fullUrl ?? '', claimResponse, bundle))
  return found.filter((request, index) => found.findIndex((other) => other.id === request.id) === index)
}
