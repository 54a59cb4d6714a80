/**
 * A CommunicationRequest and the Task that was made of it ask for the same thing (pas.md §6.4): one entry, put together field
 * by field, so that neither the deadline nor the address of the one is lost to the other. Pure.
 */
import { isSameJson } from '../crd/json.ts'
import { SYSTEM } from '../fhir/canonical.ts'
import { isEarlier } from '../time.ts'
import type { PasCode, PasInformationRequest } from './pas-response.ts'

/** LOINC: complete the questionnaire whose context id is the trace number (pas.md §6.4). */
const COMPLETE_QUESTIONNAIRE = '102089-0'
export const isForm = (codes: readonly PasCode[]): boolean => codes.some(({ code }) => code === COMPLETE_QUESTIONNAIRE)

/** One thing that is asked for. */
export interface Ask {
  /** Business identifiers of the message that asks. */
  readonly own: readonly string[]
  readonly request: PasInformationRequest
}

const share = (a: readonly string[], b: readonly string[]): boolean => a.some((one) => b.includes(one))
const wantsForm = ({ questionnaireContexts, codes }: PasInformationRequest): boolean =>
  questionnaireContexts.length > 0 || isForm(codes)
const codesOf = ({ codes }: PasInformationRequest): string[] =>
  codes.map(({ system, code }) => `${system ?? ''}|${code}`)
const loincsOf = ({ codes }: PasInformationRequest): string[] =>
  codes.flatMap(({ system, code }) => (system === SYSTEM.loinc ? code : []))

function asksTheSame(a: PasInformationRequest, b: PasInformationRequest): boolean {
  if (wantsForm(a) !== wantsForm(b)) return false
  return wantsForm(a) || a.codes.length === 0 || b.codes.length === 0 || share(codesOf(a), codesOf(b))
}

/** By their numbers: a Task has that of the request, or of the answer that came with it. */
const isMadeOf = (task: Ask, request: Ask, ofAnswer: readonly string[]): boolean =>
  task.own.length === 0 || share(task.own, request.own) || share(task.own, ofAnswer)

/** The requests that a Task carries out: of its line, else of the whole. */
function findRequests(task: Ask, requested: readonly Ask[], ofAnswer: readonly string[]): readonly Ask[] {
  const alike = requested.filter(({ request }) => asksTheSame(task.request, request))
  const numbered = alike.filter((one) => isMadeOf(task, one, ofAnswer))
  const ofLine = ({ request }: Ask): boolean => request.lineSequence === task.request.lineSequence
  if (numbered.some(ofLine)) return numbered.filter(ofLine)
  const ofWhole = numbered.filter(({ request }) => request.lineSequence === null)
  if (ofWhole.length > 0) return ofWhole
  // Under a number of its own, but the same document for the same line: the same, where no other can be meant.
  const named = alike.filter((one) => ofLine(one) && share(loincsOf(one.request), loincsOf(task.request)))
  return named.length === 1 ? named : []
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  // A day alone is no instant.
  const isSooner = isEarlier(b, a) || (!isEarlier(a, b) && b.slice(0, 10) < a.slice(0, 10))
  return isSooner ? b : a
}

const joinLists = <T>(a: readonly T[], b: readonly T[]): T[] => [
  ...a,
  ...b.filter((one) => !a.some((other) => isSameJson(one, other))),
]

const joinCodes = (a: readonly PasCode[], b: readonly PasCode[]): PasCode[] => [
  ...a,
  ...b.filter(({ system, code }) => !a.some((other) => other.system === system && other.code === code)),
]

/** Both in one, under the name of the first. What a Task is tracked by is what an attachment must name (CDex TrackingId). */
function join(first: Ask, second: Ask): Ask {
  const [a, b] = [first.request, second.request]
  const tracking = b.kind === 'task' && second.own.length > 0 ? b.tracking : (a.tracking ?? b.tracking)
  // The Task names the context itself; trace numbers are what it may be.
  const isNamed = b.kind === 'task' && b.questionnaireContexts.length > 0
  const questionnaireContexts = isNamed ? b.questionnaireContexts : a.questionnaireContexts
  return {
    own: [...new Set([...first.own, ...second.own])],
    request: {
      ...a,
      tracking,
      codes: joinCodes(a.codes, b.codes),
      facts: joinLists(a.facts, b.facts),
      modifiers: joinCodes(a.modifiers, b.modifiers),
      questionnaireContexts,
      dueAt: earlier(a.dueAt, b.dueAt),
      payerUrl: a.payerUrl ?? b.payerUrl,
    },
  }
}

/** Each id once. */
function eachOnce(asks: readonly Ask[]): Ask[] {
  const byId = new Map<string, Ask>()
  for (const ask of asks) {
    const known = byId.get(ask.request.id)
    byId.set(ask.request.id, known === undefined ? ask : join(known, ask))
  }
  return [...byId.values()]
}

/** A request with the Tasks that carry it out: one entry, or one for each questionnaire, where they name several. */
function withTasks(request: Ask, tasks: readonly Ask[]): Ask[] {
  const contexts = new Set(tasks.flatMap((task) => task.request.questionnaireContexts))
  if (contexts.size < 2) return [tasks.reduce(join, request)]
  return tasks.map((task) => {
    const { id, lineSequence } = task.request
    const joined = join(request, task)
    return { ...joined, request: { ...joined.request, id, lineSequence } }
  })
}

/** @param ofAnswer identifiers of the ClaimResponse */
export function joinAsks(
  requested: readonly Ask[],
  tasks: readonly Ask[],
  ofAnswer: readonly string[],
): PasInformationRequest[] {
  const requests = eachOnce(requested)
  const carried = eachOnce(tasks).map((task) => ({ task, of: findRequests(task, requests, ofAnswer) }))
  const joined = requests.flatMap((request) =>
    withTasks(
      request,
      carried.filter(({ of }) => of.includes(request)).map(({ task }) => task),
    ),
  )
  const others = carried.filter(({ of }) => of.length === 0).map(({ task }) => task)
  return [...joined, ...others].map(({ request }) => request)
}
