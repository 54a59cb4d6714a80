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
  Task,
  TaskInput,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension, readExtensions } from '../fhir/extension.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import type { PasCode, PasInformationRequest } from './pas-response.ts'
import { readCodes } from './review-action.ts'

/** LOINC: complete the questionnaire whose context id is the trace number (pas.md §6.4). */
const COMPLETE_QUESTIONNAIRE = '102089-0'

const readLineNumber = (of: Parameters<typeof readExtension>[0]): number | null =>
  readExtension(of, EXT.serviceLineNumber)?.valuePositiveInt ?? null

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

function readCommunicationRequest(
  request: CommunicationRequest,
  reference: string,
  claimResponse: ClaimResponse,
): PasInformationRequest {
  const payloads = request.payload ?? []
  const codes = [...(request.category ?? []).flatMap(readCodes), ...payloads.flatMap(readPayloadCodes)]
  const onPayload = payloads.map(readLineNumber).find((line) => line !== null)
  const lineSequence = readLineNumber(request) ?? onPayload ?? null
  const asksForForm = codes.some((code) => code.code === COMPLETE_QUESTIONNAIRE)
  return {
    id: request.identifier?.[0]?.value ?? request.id ?? reference,
    kind: 'communication-request',
    lineSequence,
    codes,
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

function readTask(task: Task, fullUrl: string): PasInformationRequest {
  const attachments = inputsOf(task, 'attachments-needed')
  const contexts = inputsOf(task, 'questionnaire-context')
  const lines = [...attachments, ...contexts].map(readLineNumber)
  return {
    id: task.identifier?.[0]?.value ?? task.id ?? fullUrl,
    kind: 'task',
    lineSequence: lines.find((line) => line !== null) ?? null,
    codes: attachments.flatMap((input) => readCodes(input.valueCodeableConcept)),
    modifiers: attachments.flatMap(readModifiers),
    questionnaireContexts: contexts.flatMap((input) => input.valueString ?? []),
    dueAt: task.restriction?.period?.end ?? null,
    payerUrl: inputsOf(task, 'payer-url')[0]?.valueUrl ?? null,
  }
}

const unresolved = (id: string): PasInformationRequest => ({
  id,
  kind: 'communication-request',
  lineSequence: null,
  codes: [],
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
        ? readCommunicationRequest(target, literal, claimResponse)
        : unresolved(literal),
    )
  }
  for (const { resource, fullUrl } of bundle?.entry ?? [])
    if (resource?.resourceType === 'Task') found.push(readTask(resource, fullUrl ?? ''))
  return found.filter((request, index) => found.findIndex((other) => other.id === request.id) === index)
}
