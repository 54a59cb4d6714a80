/**
 * What a payer asks for, between PAS 2.2.1 and 2.0.1 (pas.md §13): CommunicationRequests number their line at another place,
 * Tasks number it by another extension and name a questionnaire's context by an Identifier. Pure; arguments are never changed.
 */
import type { CommunicationRequest, Extension, Task, TaskInput } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { omit, withExtensions } from './profile-parts.ts'
import type { PasLoss } from './version-losses.ts'

const PA_LINE_NUMBER = EXT.serviceLineNumber.replace('extension-serviceLineNumber', 'extension-paLineNumber')
const CONTEXT = 'questionnaire-context'
const OLDER_CONTEXT = 'questionnaires-needed'

/** The line number stands on the payload in 2.0.1. */
export function downcastCommunication(request: CommunicationRequest): CommunicationRequest {
  const line = readExtension(request, EXT.serviceLineNumber)
  if (line === undefined || request.payload === undefined) return request
  const payload = request.payload.map((one) => withExtensions(one, (all) => [...all, line]))
  return withExtensions({ ...request, payload }, (all) => all.filter((one) => one !== line))
}

/** The line number stands at the root in 2.2.1, where all payloads name one line. */
export function upcastCommunication(request: CommunicationRequest): CommunicationRequest {
  const lines = (request.payload ?? []).flatMap((one) => readExtension(one, EXT.serviceLineNumber) ?? [])
  const [line] = lines
  if (line === undefined || new Set(lines.map(({ valuePositiveInt }) => valuePositiveInt)).size > 1) return request
  const payload = (request.payload ?? []).map((one) =>
    withExtensions(one, (all) => all.filter(({ url }) => url !== EXT.serviceLineNumber)),
  )
  return withExtensions({ ...request, payload }, (all) => [...all, line])
}

const isTyped = (input: TaskInput, code: string): boolean =>
  input.type.coding?.some((one) => one.system === SYSTEM.pasTemp && one.code === code) === true

function retype(input: TaskInput, from: string, to: string): TaskInput {
  const coding = input.type.coding?.map((one) =>
    one.system === SYSTEM.pasTemp && one.code === from ? { ...omit(one, 'display'), code: to } : one,
  )
  return { ...input, type: { ...input.type, ...(coding === undefined ? {} : { coding }) } }
}

function downcastInput(input: TaskInput, losses: Set<PasLoss>): TaskInput {
  const numbered = withExtensions(input, (all) =>
    all.flatMap((extension): Extension[] => {
      if (extension.url === EXT.contentModifier) {
        losses.add('content-modifier')
        return []
      }
      const line = extension.url === EXT.serviceLineNumber ? extension.valuePositiveInt : undefined
      return [line === undefined ? extension : { url: PA_LINE_NUMBER, valueInteger: line }]
    }),
  )
  if (!isTyped(numbered, CONTEXT) || numbered.valueString === undefined) return numbered
  const { valueString: value, ...rest } = retype(numbered, CONTEXT, OLDER_CONTEXT)
  return { ...rest, valueIdentifier: { value } }
}

function upcastInput(input: TaskInput, losses: Set<PasLoss>): TaskInput {
  const numbered = withExtensions(input, (all) =>
    all.map((extension) =>
      extension.url === PA_LINE_NUMBER && (extension.valueInteger ?? 0) > 0
        ? { url: EXT.serviceLineNumber, valuePositiveInt: extension.valueInteger }
        : extension,
    ),
  )
  const value = numbered.valueIdentifier?.value
  if (!isTyped(numbered, OLDER_CONTEXT) || value === undefined) return numbered
  if (numbered.valueIdentifier?.system !== undefined) losses.add('context-system')
  return { ...omit(retype(numbered, OLDER_CONTEXT, CONTEXT), 'valueIdentifier'), valueString: value }
}

/** 2.0.1 numbers lines by an integer, names a questionnaire's context by an Identifier and has no modifier of a document. */
export const downcastTask = (task: Task, losses: Set<PasLoss>): Task =>
  task.input === undefined ? task : { ...task, input: task.input.map((one) => downcastInput(one, losses)) }

/** The way back; a context is a text alone in 2.2.1. */
export const upcastTask = (task: Task, losses: Set<PasLoss>): Task =>
  task.input === undefined ? task : { ...task, input: task.input.map((one) => upcastInput(one, losses)) }
