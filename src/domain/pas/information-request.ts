/**
 * What the payer asks for in an answer: CommunicationRequests and ready-made Tasks as one list (pas.md §3.7, §6.4), one entry
 * for each thing that somebody has to do: a document or a form, for a line. A referenced request that the Bundle does not hold
 * is kept, without codes: it must not vanish.
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
import { isForm, joinAsks, type Ask } from './join-asks.ts'
import type { PasCode, PasInformationRequest } from './pas-response.ts'
import { readCodes } from './review-action.ts'

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

/**
 * Trace numbers that carry the DTR context id: the line's, else the header's, where a payer may give it alone (PAS 2.2.1
 * ainfo-3).
 */
function readContexts(claimResponse: ClaimResponse, lineSequence: number | null): string[] {
  const item = claimResponse.item?.find(({ itemSequence }) => itemSequence === lineSequence)
  const ofLine = readExtensions(item, EXT.itemTraceNumber).flatMap((trace) => trace.valueIdentifier?.value ?? [])
  return ofLine.length > 0 ? ofLine : (claimResponse.identifier ?? []).flatMap(({ value }) => value ?? [])
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

/** One thing that is asked for, before it is known whether another message asks for the same. */
function toAsk(
  owner: Pick<CommunicationRequest | Task, 'identifier' | 'id'>,
  reference: string,
  claimResponse: ClaimResponse,
  says: Omit<PasInformationRequest, 'id' | 'tracking'> & { readonly what: string },
): Ask {
  const own = (owner.identifier ?? []).flatMap(({ value }) => value ?? [])
  const { what, ...request } = says
  const base = own[0] ?? owner.id ?? reference
  const id = `${base}/${String(request.lineSequence ?? '-')}/${what}`
  return { own, request: { ...request, id, tracking: readTracking(owner.identifier, claimResponse) } }
}

/** What tells it from whatever else is asked for under the same number: a form, else its LOINC code, else any other. */
const whatOf = (codes: readonly PasCode[]): string =>
  isForm(codes) ? 'form' : ((codes.find(({ system }) => system === SYSTEM.loinc) ?? codes[0])?.code ?? '-')

/** One for each payload: 2.0.1 allows several, each for a line of its own. */
function readCommunicationRequest(
  request: CommunicationRequest,
  reference: string,
  claimResponse: ClaimResponse,
  within: Within,
): Ask[] {
  const payloads = request.payload ?? []
  const shared = (request.category ?? []).flatMap(readCodes)
  return (payloads.length === 0 ? [undefined] : payloads).map((payload) => {
    const codes = [...shared, ...(payload === undefined ? [] : readPayloadCodes(payload))]
    const lineSequence = readLineNumber(request) ?? readLineNumber(payload)
    return toAsk(request, reference, claimResponse, {
      what: whatOf(codes),
      kind: 'communication-request',
      lineSequence,
      codes,
      facts: communicationFacts({ ...request, payload: payload === undefined ? [] : [payload] }, within),
      modifiers: readModifiers(payload),
      questionnaireContexts: isForm(codes) ? readContexts(claimResponse, lineSequence) : [],
      dueAt: request.occurrencePeriod?.end ?? request.occurrenceDateTime ?? null,
      payerUrl: null,
    })
  })
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

function taskFacts(task: Task, inputs: readonly TaskInput[], within: Within): AnswerFact[] {
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
    ...inputs.flatMap(inputFacts),
  ]
}

/** What one or several inputs of a Task ask for: several where they name one thing. */
interface TaskPart {
  readonly what: string
  readonly lineSequence: number | null
  readonly inputs: readonly TaskInput[]
  readonly contexts: readonly string[]
}

const headerContexts = (claimResponse: ClaimResponse): string[] => readContexts(claimResponse, null)

/**
 * The questionnaires, one for each context and line. The profile wants a line on every input: the header's trace number on
 * several lines is one questionnaire about the whole request (pas.md §6.4).
 * The context is a string in 2.2.1, an Identifier under another name in 2.0.1 (pas.md §13).
 */
function readForms(task: Task, claimResponse: ClaimResponse): TaskPart[] {
  const named = [...inputsOf(task, 'questionnaire-context'), ...inputsOf(task, 'questionnaires-needed')].flatMap(
    (input) => {
      const context = input.valueString ?? input.valueIdentifier?.value
      return context === undefined ? [] : [{ context, input, line: readLineNumber(input) }]
    },
  )
  return named.flatMap(({ context, input, line }, index): TaskPart[] => {
    const same = named.filter((one) => one.context === context)
    const isOfWhole = headerContexts(claimResponse).includes(context) && new Set(same.map((one) => one.line)).size > 1
    if (isOfWhole && named.findIndex((one) => one.context === context) < index) return []
    return [
      {
        what: `form/${context}`,
        lineSequence: isOfWhole ? null : line,
        inputs: isOfWhole ? same.map((one) => one.input) : [input],
        contexts: [context],
      },
    ]
  })
}

function readParts(task: Task, claimResponse: ClaimResponse): TaskPart[] {
  const forms = readForms(task, claimResponse)
  const documents = inputsOf(task, 'attachments-needed').flatMap((input): TaskPart[] => {
    const codes = readCodes(input.valueCodeableConcept)
    const lineSequence = readLineNumber(input)
    // "Complete the questionnaire", whose context another input names.
    if (isForm(codes) && forms.length > 0) return []
    const contexts = isForm(codes) ? readContexts(claimResponse, lineSequence) : []
    return [{ what: whatOf(codes), lineSequence, inputs: [input], contexts }]
  })
  if (documents.length + forms.length > 0) return [...documents, ...forms]
  // It says no more than what it is: it must not vanish.
  const wantsForm = isOfType(task.code, 'attachment-request-questionnaire')
  const contexts = wantsForm ? headerContexts(claimResponse) : []
  return [{ what: wantsForm ? 'form' : '-', lineSequence: null, inputs: [], contexts }]
}

/** One for each line and input. */
function readTask(task: Task, fullUrl: string, claimResponse: ClaimResponse, within: Within): Ask[] {
  const addresses = inputsOf(task, 'payer-url')
  return readParts(task, claimResponse).map(({ what, lineSequence, inputs, contexts }) =>
    toAsk(task, fullUrl, claimResponse, {
      what,
      kind: 'task',
      lineSequence,
      codes: inputs.flatMap((input) => readCodes(input.valueCodeableConcept)),
      facts: taskFacts(task, [...addresses, ...inputs], within),
      modifiers: inputs.flatMap(readModifiers),
      questionnaireContexts: contexts,
      dueAt: task.restriction?.period?.end ?? null,
      payerUrl: addresses[0]?.valueUrl ?? null,
    }),
  )
}

/** Every request for information that came with an answer, each once. */
export function readInformationRequests(
  claimResponse: ClaimResponse,
  bundle: Bundle<FhirResource> | null,
): PasInformationRequest[] {
  const requested: Ask[] = []
  for (const reference of claimResponse.communicationRequest ?? []) {
    const literal = reference.reference ?? reference.identifier?.value ?? reference.display
    if (literal === undefined) continue
    const target = bundle === null ? undefined : resolveInBundle(bundle, reference)
    requested.push(
      ...readCommunicationRequest(
        target?.resourceType === 'CommunicationRequest' ? target : NOTHING_KNOWN,
        literal,
        claimResponse,
        bundle,
      ),
    )
  }
  const tasks = (bundle?.entry ?? []).flatMap(({ resource, fullUrl }) =>
    resource?.resourceType === 'Task' ? readTask(resource, fullUrl ?? '', claimResponse, bundle) : [],
  )
  const ofAnswer = (claimResponse.identifier ?? []).flatMap(({ value }) => value ?? [])
  return joinAsks(requested, tasks, ofAnswer)
}

/** A CommunicationRequest that the Bundle does not hold. */
const NOTHING_KNOWN: CommunicationRequest = { resourceType: 'CommunicationRequest', status: 'active' }
