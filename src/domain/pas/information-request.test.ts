/** What a payer asks for, as a list of things to do (pas.md §3.7, §6.4). */
import type { ClaimResponse, CommunicationRequest, Task, TaskInput } from 'fhir/r4'
import { describe, expect, it } from 'vitest'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { readInformationRequests } from './information-request.ts'
import type { PasInformationRequest } from './pas-response.ts'

const FORM = '102089-0'
const HEADER = 'TRN-HEADER'

const line = (valuePositiveInt: number) => ({ url: EXT.serviceLineNumber, valuePositiveInt })
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })

const asks = (number: string | null, loinc: string, at?: number, more: Partial<CommunicationRequest> = {}) =>
  ({
    resourceType: 'CommunicationRequest',
    status: 'active',
    ...(number === null ? {} : { identifier: [{ value: number }] }),
    ...(at === undefined ? {} : { extension: [line(at)] }),
    payload: [{ contentString: loinc }],
    ...more,
  }) satisfies CommunicationRequest

const input = (type: string, at: number, value: Partial<TaskInput>): TaskInput => ({
  extension: [line(at)],
  type: coded(SYSTEM.pasTemp, type),
  ...value,
})
const document = (at: number, code: string, system: string = SYSTEM.loinc): TaskInput =>
  input('attachments-needed', at, { valueCodeableConcept: coded(system, code) })
const context = (at: number, valueString: string): TaskInput => input('questionnaire-context', at, { valueString })
const URL = 'https://payer.example/fhir/$submit-attachment'
const DUE = '2026-12-10T23:59:59Z'

const task = (number: string | null, inputs: TaskInput[], more: Partial<Task> = {}): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  ...(number === null ? {} : { identifier: [{ value: number }] }),
  restriction: { period: { end: DUE } },
  input: [{ type: coded(SYSTEM.pasTemp, 'payer-url'), valueUrl: URL }, ...inputs],
  ...more,
})

/** A pended answer with these; lines 1 to 3, line 2 alone with trace numbers. */
function read(resources: (CommunicationRequest | Task)[], more: Partial<ClaimResponse> = {}): PasInformationRequest[] {
  const entry = resources.map((resource, index) => ({ fullUrl: `urn:uuid:${String(index)}`, resource }))
  const claimResponse = {
    resourceType: 'ClaimResponse',
    identifier: [{ value: HEADER }],
    item: [1, 2, 3].map((itemSequence) => ({
      itemSequence,
      adjudication: [],
      ...(itemSequence === 2
        ? { extension: [{ url: EXT.itemTraceNumber, valueIdentifier: { value: 'TRN-LINE-2' } }] }
        : {}),
    })),
    communicationRequest: entry
      .filter(({ resource }) => resource.resourceType === 'CommunicationRequest')
      .map(({ fullUrl }) => ({ reference: fullUrl })),
    ...more,
  } as unknown as ClaimResponse
  return readInformationRequests(claimResponse, {
    resourceType: 'Bundle',
    type: 'collection',
    entry,
  })
}

const brief = (requests: readonly PasInformationRequest[]) =>
  requests.map(({ lineSequence, codes, questionnaireContexts, dueAt }) => ({
    line: lineSequence,
    codes: codes.map(({ code }) => code),
    contexts: questionnaireContexts,
    dueAt,
  }))
const none: string[] = []

describe('under one number', () => {
  it('requests for different lines, or for different documents, are each something to do', () => {
    const found = read([asks('T1', '11488-4', 1), asks('T1', '11488-4', 3), asks('T1', '18776-5', 3)])
    expect(brief(found)).toEqual([
      { line: 1, codes: ['11488-4'], contexts: none, dueAt: null },
      { line: 3, codes: ['11488-4'], contexts: none, dueAt: null },
      { line: 3, codes: ['18776-5'], contexts: none, dueAt: null },
    ])
    expect(new Set(found.map(({ id }) => id)).size).toBe(3)
    expect(found.map(({ tracking }) => tracking?.value)).toEqual(['T1', 'T1', 'T1'])
  })

  it('a Task for a document and one for a questionnaire are both there', () => {
    const found = read([task(HEADER, [document(1, '11488-4')]), task(HEADER, [context(1, 'CTX')])])
    expect(brief(found)).toEqual([
      { line: 1, codes: ['11488-4'], contexts: none, dueAt: DUE },
      { line: 1, codes: none, contexts: ['CTX'], dueAt: DUE },
    ])
  })

  it('each input of a Task stays with its line', () => {
    const found = read([task('K1', [document(3, '11488-4'), document(1, '18776-5'), document(1, '57133-1')])])
    expect(found.map(({ lineSequence, codes }) => [lineSequence, codes[0]?.code])).toEqual([
      [3, '11488-4'],
      [1, '18776-5'],
      [1, '57133-1'],
    ])
    expect(found.every(({ payerUrl, dueAt }) => payerUrl === URL && dueAt === DUE)).toBe(true)
  })

  it('the same once more is the same, under the same id', () => {
    const once = read([asks('T1', '11488-4', 1), task('K1', [document(2, '18776-5')])])
    const twice = read([
      asks('T1', '11488-4', 1),
      asks('T1', '11488-4', 1),
      task('K1', [document(2, '18776-5')]),
      task('K1', [document(2, '18776-5')]),
    ])
    expect(twice.map(({ id }) => id)).toEqual(once.map(({ id }) => id))
    // Something more under that number takes no name away.
    expect(read([asks('T1', '11488-4', 3), asks('T1', '11488-4', 1)]).map(({ id }) => id)).toContain(once[0]?.id)
  })
})

describe('a request and its Task', () => {
  it.each([
    ['the request’s number', 'T1'],
    ['the answer’s number', HEADER],
    ['no number', null],
    ['a number of its own, for the same document', 'K9'],
  ])('are one thing to do, with the deadline and the address: by %s', (_, number) => {
    const found = read([asks('T1', '11488-4', 1), task(number, [document(1, '11488-4')])])
    expect(brief(found)).toEqual([{ line: 1, codes: ['11488-4'], contexts: none, dueAt: DUE }])
    expect(found[0]).toMatchObject({ payerUrl: URL, tracking: { value: number ?? 'T1' } })
    expect(found[0]?.id).toBe(read([asks('T1', '11488-4', 1)])[0]?.id)
  })

  it('keep what each says, the earlier deadline of both', () => {
    const category = [coded(SYSTEM.x12ReportType, 'B2')]
    const requested = asks('T1', '11488-4', 1, { category, occurrencePeriod: { end: '2026-12-24' } })
    const [found] = read([requested, task('T1', [document(1, 'B2', SYSTEM.x12ReportType)])])
    expect(found?.codes.map(({ code }) => code)).toEqual(['B2', '11488-4'])
    expect(found?.dueAt).toBe(DUE)
    const names = found?.facts.map(({ name }) => name) ?? []
    expect(names).toEqual(expect.arrayContaining(['category', 'status', 'answerWithin', 'payerUrl']))
    expect(names.filter((name) => name === 'requestNumber')).toHaveLength(1)
    const sooner = asks('T1', '11488-4', 1, { occurrencePeriod: { end: '2026-12-01' } })
    expect(read([sooner, task('T1', [document(1, '11488-4')])])[0]?.dueAt).toBe('2026-12-01')
  })

  it('are two where they are about different lines or documents', () => {
    expect(read([asks('T1', '11488-4', 1), task('T1', [document(2, '11488-4')])])).toHaveLength(2)
    expect(read([asks('T1', '11488-4', 1), task('T1', [document(1, '18776-5')])])).toHaveLength(2)
    expect(read([asks('T1', '11488-4', 1), task('T1', [context(1, 'CTX')])])).toHaveLength(2)
  })

  it('are one about the whole request, where the request names no line', () => {
    const found = read([asks('T1', '11488-4'), task('T1', [document(1, '11488-4'), document(2, '11488-4')])])
    expect(brief(found)).toEqual([{ line: null, codes: ['11488-4'], contexts: none, dueAt: DUE }])
  })

  it('are one for each questionnaire that the Task names', () => {
    const one = read([asks('T1', FORM, 2), task('T1', [context(2, 'CTX')])])
    expect(brief(one)).toEqual([{ line: 2, codes: [FORM], contexts: ['CTX'], dueAt: DUE }])
    const two = read([asks('T1', FORM, 2), task('T1', [context(2, 'A'), context(2, 'B')])])
    expect(two.map(({ questionnaireContexts }) => questionnaireContexts)).toEqual([['A'], ['B']])
    expect(new Set(two.map(({ id }) => id)).size).toBe(2)
  })
})

describe('a questionnaire', () => {
  it('has the trace number of its line, else that of the header, for its context (ainfo-3)', () => {
    const contexts = (at?: number) => read([asks('T1', FORM, at)])[0]?.questionnaireContexts
    expect(contexts(2)).toEqual(['TRN-LINE-2'])
    expect(contexts(1)).toEqual([HEADER])
    expect(contexts()).toEqual([HEADER])
    const ofTask = read([task('K1', [document(1, FORM)])])
    expect(ofTask.map(({ questionnaireContexts }) => questionnaireContexts)).toEqual([[HEADER]])
  })

  it('is one about the whole request where a Task names the header’s number for several lines', () => {
    const found = read([task('K1', [context(1, HEADER), context(2, HEADER), context(2, 'TRN-LINE-2')])])
    expect(found.map(({ lineSequence, questionnaireContexts }) => [lineSequence, questionnaireContexts])).toEqual([
      [null, [HEADER]],
      [2, ['TRN-LINE-2']],
    ])
    expect(read([task('K1', [context(1, 'A'), context(2, 'A')])])).toHaveLength(2)
  })

  it('is asked for once where a Task names it by its code and its context', () => {
    expect(read([task('K1', [document(2, FORM), context(2, 'TRN-LINE-2')])])).toHaveLength(1)
  })

  it('is asked for by a Task that says no more than that', () => {
    const code = coded(SYSTEM.pasTemp, 'attachment-request-questionnaire')
    expect(brief(read([task('K1', [], { code })]))).toEqual([
      { line: null, codes: none, contexts: [HEADER], dueAt: DUE },
    ])
    expect(brief(read([task('K1', [])]))).toEqual([{ line: null, codes: none, contexts: none, dueAt: DUE }])
  })
})

it('each payload of a 2.0.1 request is for its own line', () => {
  const payload = [1, 3].map((at) => ({ contentString: '11488-4', extension: [line(at)] }))
  const found = read([asks('T1', '11488-4', undefined, { payload })])
  expect(found.map(({ lineSequence }) => lineSequence)).toEqual([1, 3])
})

it('a request that did not come along is there', () => {
  const found = read([], { communicationRequest: [{ reference: 'CommunicationRequest/lost' }] })
  expect(found).toMatchObject([{ codes: [], tracking: { value: HEADER } }])
  expect(found[0]?.id).toContain('CommunicationRequest/lost')
})
