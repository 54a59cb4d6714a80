import type { Condition, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import { afterEach, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer, removeRepetition } from '#domain/dtr/form/form-edit.ts'
import { readItem, type Answer, type FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT, SYSTEM } from '#domain/fhir/canonical.ts'
import type { LaunchContext } from '../../server/context.ts'
import { openFormRoom, packagesOf, ROOM_NOW, type FormRoom, type RoomOptions } from '../support/form-room.ts'

const evaluator = createEvaluator()
const fromChart = (expression: string) => ({
  url: EXT.initialExpression,
  valueExpression: { language: 'text/fhirpath', expression },
})
const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'q',
  url: 'https://payer.example/q',
  version: '1',
  title: 'First form',
  status: 'active',
  extension: [
    {
      url: EXT.launchContext,
      extension: [
        { url: 'name', valueCoding: { code: 'patient' } },
        { url: 'type', valueCode: 'Patient' },
      ],
    },
  ],
  item: [
    {
      linkId: 'name',
      type: 'string',
      text: 'Family name',
      required: true,
      extension: [fromChart('%patient.name.family.first()')],
    },
    { linkId: 'a', type: 'string', text: 'A' },
    { linkId: 'b', type: 'string', text: 'B' },
    { linkId: 'device', type: 'choice', text: 'Device', answerValueSet: 'https://payer.example/vs|1' },
  ],
}
const second: Questionnaire = { ...questionnaire, id: 'q2', url: 'https://payer.example/q2', title: 'Second form' }
const expansion = {
  resourceType: 'ValueSet',
  status: 'active',
  expansion: {
    timestamp: ROOM_NOW,
    contains: [{ system: SYSTEM.hcpcs, code: 'E0470', display: 'Respiratory device' }],
  },
}

let room: FormRoom
afterEach(() => room.close())
const openRoom = async (options: Partial<RoomOptions> = {}, ...forms: Questionnaire[]): Promise<string> => {
  room = await openFormRoom({
    answer: ({ operation }) => (operation === 'expand' ? { body: expansion } : { body: packagesOf(...forms) }),
    ...options,
  })
  return room.openCase()
}
const seen = async (caseId: string, formId = 'main', by: LaunchContext = room.launch): Promise<FormView> => {
  const view = await room.forms.view(by, caseId, formId)
  if (!view.ok) throw new Error(view.error.reason)
  return view.value
}
const open = (view: FormView): FormState =>
  openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: view.response as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    evaluator,
    chart: chartElsewhere(view.chart),
  })
const editBy = ({ user }: LaunchContext) => ({ at: ROOM_NOW, author: { reference: user.fhirUser, name: user.name } })
const put = (caseId: string, version: number, state: FormState, by = room.launch, formId = 'main', merge = true) =>
  room.forms.save(by, caseId, { version, response: toResponse(state, editBy(by)), meta: toMeta(state), merge }, formId)
const say = (state: FormState, key: string, text: string, by = room.launch): FormState =>
  answer(state, key, [{ valueString: text }], editBy(by))
const answersOf = (view: FormView, key: string): readonly Answer[] => readItem(open(view), key)?.answers ?? []
const at = (caseId: string, formId = 'main') => ({ launch: room.launch, caseId, formId })

describe('several forms in one package', () => {
  it('are rows of the case, filled each, with progress over all', async () => {
    const caseId = await openRoom({}, questionnaire, second)
    const view = await seen(caseId)
    expect(view.forms).toMatchObject([
      { formId: 'main', title: 'First form', status: 'in-progress', answered: 1, total: 4 },
      { formId: 'form-2', title: 'Second form', status: 'in-progress', answered: 1, total: 4 },
    ])
    expect(answersOf(await seen(caseId, 'form-2'), 'name')).toEqual([{ valueString: 'Doe' }])
  })
  it('are saved each by themselves, and go to review together', async () => {
    const caseId = await openRoom({}, questionnaire, second)
    const other = await seen(caseId, 'form-2')
    expect((await put(caseId, other.version, say(open(other), 'a', 'x'), room.launch, 'form-2')).ok).toBe(true)
    expect(answersOf(await seen(caseId), 'a')).toEqual([])
    const read = await room.forms.read('room', caseId)
    expect(read).toMatchObject({ ok: true, value: { formId: 'main', others: [{ formId: 'form-2' }] } })
    expect((await seen(caseId)).forms[1]).toMatchObject({ answered: 2 })
  })
  it('one that is expired says so and leaves the others alone; the payer is told without PHI', async () => {
    const caseId = await openRoom({}, questionnaire, { ...second, effectivePeriod: { end: '2026-01-01' } })
    expect((await seen(caseId)).status).toBe('in-progress')
    expect(await seen(caseId, 'form-2')).toMatchObject({ status: 'failed', failure: { key: 'form.failure.expired' } })
    const jobs = await room.store.transaction((tx) =>
      room.store.jobs.claim(tx, {
        owner: 'o',
        kinds: ['dtr-error-log'],
        limit: 9,
        leaseUntil: '2027-01-01T00:00:00Z',
        now: '2026-12-01T00:00:00Z',
      }),
    )
    expect(jobs.map(({ payload }) => payload)).toMatchObject([
      { questionnaire: 'https://payer.example/q2|1', problems: [{ kind: 'expired-form' }] },
    ])
    expect(JSON.stringify(jobs)).not.toMatch(/Doe|Jane|p1/)
  })
})

describe('a completed form', () => {
  it('leaves a metric record with its case, without a name or an answer, and a copy for the EHR in the outbox', async () => {
    const caseId = await openRoom({}, questionnaire)
    const { response } = await seen(caseId)
    const completed = [{ formId: 'main', response: response as unknown as QuestionnaireResponse }]
    const about = { tenant: 'room', caseId, launchId: 'l1', at: ROOM_NOW }
    const access = { tenant: 'room', at: ROOM_NOW, userId: null, launchId: 'l1', caseId, patientId: 'p1' }
    const looked = {
      ...access,
      id: 'a1',
      action: 'search',
      resourceType: 'Condition',
      reference: null,
      count: 3,
    } as const
    const stored = { ...access, id: 'a2', action: 'create', resourceType: 'QuestionnaireResponse', count: 1 } as const
    const rows = [looked, { ...stored, reference: 'QuestionnaireResponse/r' }]
    await room.store.transaction(async (tx) => {
      await room.store.accessLog.makeMonths(tx, ROOM_NOW)
      await room.store.accessLog.insert(
        tx,
        rows.map((row) => ({ ...row, neededBy: 'item', outcome: 'ok' })),
      )
      await room.forms.complete(tx, about, completed)
    })
    const [metric] = await room.store.read((tx) => room.store.dtrMetrics.listByCase(tx, 'room', caseId))
    expect(metric?.record).toMatchObject({
      source: 'DTRApp-src',
      resources: [{ type: 'Condition', count: 3 }],
      questionnaire: [{ reference: 'https://payer.example/q|1', autoPopulated: 1 }],
    })
    const { action } = metric?.record as { action: { actionDetail: string; httpResponse?: number }[] }
    expect(action.map(({ actionDetail }) => actionDetail).sort()).toEqual([
      ...['launch', 'mrquery', 'qpackage', 'storeqr', 'userresponse'],
    ])
    expect(action.find(({ actionDetail }) => actionDetail === 'qpackage')?.httpResponse).toBe(200)
    expect(JSON.stringify(metric?.record)).not.toMatch(/Doe|Jane|p1/)
  })
})

describe('value sets that a package leaves out', () => {
  const preferring: Questionnaire = {
    ...questionnaire,
    extension: [
      ...(questionnaire.extension ?? []),
      { url: EXT.coreTerminologyServer, valueUrl: 'https://evil.example/fhir' },
      { url: EXT.coreTerminologyServer, valueUrl: 'https://tx.example/fhir/' },
    ],
  }

  it('come from the registered server that the form prefers, never from one that only the form names', async () => {
    const caseId = await openRoom({ dtr: { terminologyServers: ['https://tx.example/fhir'] } }, preferring)
    expect(room.calls.filter(({ operation }) => operation === 'expand').map(({ url }) => url)).toEqual([
      'https://tx.example/fhir',
    ])
    expect(readItem(open(await seen(caseId)), 'device')?.options).toMatchObject([{ label: 'Respiratory device' }])
  })
  it('come from the payer where no registered server has them', async () => {
    await openRoom({
      dtr: { terminologyServers: ['https://tx.example/fhir'] },
      answer: ({ operation, url }) =>
        operation !== 'expand'
          ? { body: packagesOf(preferring) }
          : url === null
            ? { body: expansion }
            : { status: 500 },
    })
    expect(room.calls.filter(({ operation }) => operation === 'expand').map(({ url }) => url)).toEqual([
      'https://tx.example/fhir',
      null,
    ])
  })
  it('that nobody expands are said to the user, and the form works', async () => {
    const caseId = await openRoom({
      answer: ({ operation }) => (operation === 'expand' ? { status: 500 } : { body: packagesOf(questionnaire) }),
    })
    expect(await seen(caseId)).toMatchObject({
      status: 'in-progress',
      notices: [{ key: 'form.notice.missing-value-set', params: { name: 'https://payer.example/vs|1' } }],
    })
  })
  it('too large to list are searched by what is typed', async () => {
    const large = { ...expansion, expansion: { ...expansion.expansion, total: 900 } }
    const caseId = await openRoom({
      answer: ({ operation }) => ({ body: operation === 'expand' ? large : packagesOf(questionnaire) }),
    })
    expect(readItem(open(await seen(caseId)), 'device')?.options).toEqual([])
    const found = await room.forms.options(at(caseId), { linkId: 'device', filter: 'resp' })
    expect(found).toMatchObject({ ok: true, value: { from: 'payer', complete: false, options: [{ code: 'E0470' }] } })
    expect(room.calls.at(-1)?.request).toContain('filter=resp')
    expect(await room.forms.options(at(caseId), { linkId: 'none', filter: 'x' })).toMatchObject({
      ok: false,
      error: { reason: 'not-found' },
    })
  })
})

describe('two people on one form', () => {
  it('both keep what only one of them changed', async () => {
    const caseId = await openRoom({}, questionnaire)
    const staff = room.as('ana', 'pa-staff')
    const view = await seen(caseId)
    const first = await put(caseId, view.version, say(open(view), 'a', 'mine'))
    expect(first.ok && first.value.merge).toBeUndefined()
    const late = await put(caseId, view.version, say(open(view), 'b', 'theirs', staff), staff)
    expect(late).toMatchObject({ ok: true, value: { merge: { conflicts: [] } } })
    const after = await seen(caseId)
    expect([answersOf(after, 'a'), answersOf(after, 'b')]).toEqual([
      [{ valueString: 'mine' }],
      [{ valueString: 'theirs' }],
    ])
    expect(readItem(open(after), 'a')?.origin?.author?.name).toBe('lena')
  })
  it('an item that both changed comes back with both answers, and the one who insists saves again', async () => {
    const caseId = await openRoom({}, questionnaire)
    const staff = room.as('ana', 'pa-staff')
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'a', 'first'))
    const late = await put(caseId, view.version, say(open(view), 'a', 'second', staff), staff)
    if (!late.ok || late.value.merge === undefined) throw new Error('no merge')
    const { conflicts, form } = late.value.merge
    expect(conflicts).toMatchObject([
      { itemKey: 'a', base: [], theirs: [{ valueString: 'first' }], mine: [{ valueString: 'second' }], by: 'lena' },
    ])
    await put(caseId, form.version, say(open(form), 'a', 'second', staff), staff)
    expect(answersOf(await seen(caseId), 'a')).toEqual([{ valueString: 'second' }])
  })
  it('without merging, a late save is refused', async () => {
    const caseId = await openRoom({}, questionnaire)
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'a', 'first'))
    expect(await put(caseId, view.version, say(open(view), 'b', 'x'), room.launch, 'main', false)).toMatchObject({
      ok: false,
      error: { reason: 'form-changed' },
    })
  })
  it('see each other while both are there', async () => {
    const caseId = await openRoom({}, questionnaire)
    const staff = { ...at(caseId), launch: room.as('ana', 'pa-staff') }
    await room.forms.presence(staff, 'a')
    expect((await seen(caseId)).editors).toMatchObject([{ name: 'ana', role: 'pa-staff', itemKey: 'a' }])
    expect((await seen(caseId, 'main', staff.launch)).editors).toEqual([])
    room.setNow('2026-11-22T15:02:00.000Z')
    expect((await seen(caseId)).editors).toEqual([])
  })
  it('leave a history: who changed what, from which value to which', async () => {
    const caseId = await openRoom({}, questionnaire)
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'name', 'Smith'))
    const history = await room.forms.history(at(caseId))
    expect(history).toMatchObject({
      ok: true,
      value: {
        changes: [
          {
            itemKey: 'name',
            by: 'lena',
            from: [{ valueString: 'Doe' }],
            to: [{ valueString: 'Smith' }],
            source: 'override',
          },
        ],
      },
    })
  })
})

describe('handing the administrative part over', () => {
  it('is a row, an event, and something that staff can give back', async () => {
    const caseId = await openRoom({}, questionnaire)
    const given = await room.forms.delegate(at(caseId), 'admin', 'pa-staff')
    expect(given).toMatchObject({
      ok: true,
      value: { delegation: [{ part: 'admin', owner: 'pa-staff', by: 'lena', mayChange: true }] },
    })
    const staff = { ...at(caseId), launch: room.as('ana', 'pa-staff') }
    expect((await room.forms.delegate(staff, 'admin', 'clinician')).ok).toBe(true)
    expect(await room.forms.delegate(staff, 'admin', 'pa-staff')).toMatchObject({
      ok: false,
      error: { reason: 'not-permitted' },
    })
    const events = await room.store.read((tx) => room.store.events.listByCase(tx, 'room', caseId))
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['form-delegated', 'form-taken-back']))
  })
})

describe('the copy in the EHR', () => {
  const toEhr = async (caseId: string, onto: string | null = null) =>
    room.forms.saveToEhr(at(caseId), (await seen(caseId)).version, onto)

  it('is not written by saving; then it is created, and updated with the version that was written', async () => {
    const caseId = await openRoom({ dtr: { version: '2.0.1' } }, questionnaire)
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'a', 'x'))
    expect(room.ehr.writes).toEqual([])
    expect(await toEhr(caseId)).toMatchObject({
      ok: true,
      value: { ehr: { state: 'saved', reference: 'QuestionnaireResponse/qr1' } },
    })
    expect(JSON.stringify(room.ehr.writes[0]?.resource)).toContain('"valueCode":"auto"')
    const saved = await seen(caseId)
    await put(caseId, saved.version, say(open(saved), 'a', 'y'))
    expect((await seen(caseId)).ehr.state).toBe('outdated')
    await toEhr(caseId)
    expect(room.ehr.writes.at(-1)).toMatchObject({
      method: 'update',
      resource: { id: 'qr1', meta: { versionId: '1' } },
    })
  })
  it('is found again where the EHR did not say where it put it', async () => {
    const caseId = await openRoom({}, questionnaire)
    room.ehr.silentAboutPlace = true
    expect(await toEhr(caseId)).toMatchObject({
      ok: true,
      value: { ehr: { state: 'saved', reference: 'QuestionnaireResponse/qr1' } },
    })
    await toEhr(caseId)
    expect(room.ehr.writes.map(({ method }) => method)).toEqual(['create', 'update'])
  })
  it('that somebody else changed is a conflict with both versions, and is written onto theirs once it is merged', async () => {
    const caseId = await openRoom({}, questionnaire)
    await toEhr(caseId)
    const written = room.ehr.resources.get('QuestionnaireResponse/qr1') as QuestionnaireResponse
    room.ehr.put('qr1', {
      ...written,
      author: { display: 'Somebody' },
      item: [...(written.item ?? []), { linkId: 'a', answer: [{ valueString: 'theirs' }] }],
    })
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'a', 'mine'))
    expect(await toEhr(caseId)).toMatchObject({
      ok: true,
      value: {
        ehr: { state: 'conflict', failure: { key: 'form.ehr.conflict' } },
        conflict: {
          versionId: '2',
          author: 'Somebody',
          items: [{ itemKey: 'a', base: [], theirs: [{ valueString: 'theirs' }], mine: [{ valueString: 'mine' }] }],
        },
      },
    })
    expect(await toEhr(caseId, '2')).toMatchObject({ ok: true, value: { ehr: { state: 'saved' }, conflict: null } })
  })
  it('that the EHR does not grant is said, and kept here', async () => {
    const caseId = await openRoom({}, questionnaire)
    room.ehr.refusal = { reason: 'scope-missing', status: 403 }
    expect(await toEhr(caseId)).toMatchObject({
      ok: true,
      value: { ehr: { state: 'no-scope', failure: { key: 'form.ehr.scope-missing' } } },
    })
  })
})

describe('reopening a form', () => {
  const answering = (forms: readonly Questionnaire[]): RoomOptions['answer'] => {
    return ({ operation, request }) => {
      if (operation === 'expand') return { body: expansion }
      const asksSince = JSON.stringify(request).includes('changedsince')
      return asksSince ? {} : { body: packagesOf(...forms) }
    }
  }
  const readings = (): number =>
    room.calls.filter(({ request }) => JSON.stringify(request).includes('changedsince')).length
  const launched = (launchId: string, by = room.launch): LaunchContext => ({ ...by, launchId })
  const nameInChart = (family: string): void =>
    void room.ehr.put('p1', { resourceType: 'Patient', id: 'p1', name: [{ family }] })
  /** Opens the form by a launch of its own, and looks again when the chart has been read. */
  const openAgain = async (caseId: string, launchId = 'again'): Promise<FormView> => {
    await seen(caseId, 'main', launched(launchId))
    await room.settle()
    return seen(caseId, 'main', launched(launchId))
  }
  const decide = async (caseId: string, decisions: Record<string, 'keep' | 'take'>): Promise<FormView> => {
    // Looking may begin a sitting of its own; its reading counts the version up.
    await seen(caseId)
    await room.settle()
    const decided = await room.forms.decide(at(caseId), (await seen(caseId)).version, decisions)
    if (!decided.ok) throw new Error(decided.error.reason)
    return decided.value
  }

  it('asks the payer by our own retrieval instant, and shows what differs without changing it', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    nameInChart('Roe')
    const before = await seen(caseId)
    room.setNow('2026-11-23T09:00:00.000Z')
    const view = await openAgain(caseId)
    expect(JSON.stringify(room.calls.at(-1)?.request)).toContain(ROOM_NOW)
    expect(answersOf(view, 'name')).toEqual([{ valueString: 'Doe' }])
    expect(view.differences).toMatchObject([
      { itemKey: 'name', old: [{ valueString: 'Doe' }], new: [{ valueString: 'Roe' }] },
    ])
    expect(view.version).toBeGreaterThan(before.version)
    // Nobody wrote anything: the response and its last save are what they were.
    expect(view).toMatchObject({ response: before.response, savedAt: before.savedAt, savedBy: before.savedBy })
    expect(await decide(caseId, { name: 'take' })).toMatchObject({ differences: [] })
    expect(readItem(open(await seen(caseId)), 'name')).toMatchObject({
      answers: [{ valueString: 'Roe' }],
      origin: { source: 'auto-client', kind: 'chart' },
    })
  })
  it('reads the chart once a sitting: not for the launch that had it filled, and not at every look', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    await seen(caseId)
    await room.settle()
    expect(readings()).toBe(0)
    await openAgain(caseId)
    await openAgain(caseId)
    expect(readings()).toBe(1)
    await openAgain(caseId, 'third')
    expect(readings()).toBe(2)
    room.setNow('2026-11-23T15:00:00.000Z')
    await openAgain(caseId, 'third')
    expect(readings()).toBe(3)
  })
  it('counts no version up where the chart says what it said', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    const { version } = await seen(caseId)
    expect(await openAgain(caseId)).toMatchObject({ version, differences: [], notices: [] })
  })
  it('leaves a completed form and a sent request alone', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    await room.store.transaction((tx) =>
      room.store.cases.update(tx, { tenant: 'room', id: caseId }, { state: 'sending' }, ROOM_NOW),
    )
    await openAgain(caseId)
    expect(readings()).toBe(0)
  })
  it('leaves what a person gave, and what a person cleared', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    const view = await seen(caseId)
    await put(caseId, view.version, answer(open(view), 'name', [], editBy(room.launch)))
    nameInChart('Roe')
    expect(await openAgain(caseId)).toMatchObject({ differences: [] })
  })
  it('holds nobody up: what is saved while the chart is read stays, and is compared as it is by then', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const caseId = await openRoom({
      answer: async (call) => {
        if (JSON.stringify(call.request).includes('changedsince')) await held
        return answering([questionnaire])(call)
      },
    })
    nameInChart('Roe')
    const view = await seen(caseId, 'main', launched('again'))
    expect(answersOf(view, 'name')).toEqual([{ valueString: 'Doe' }])
    const typed = say(say(open(view), 'a', 'typed'), 'name', 'Poe')
    expect((await put(caseId, view.version, typed)).ok).toBe(true)
    release()
    await room.settle()
    const after = await seen(caseId)
    expect(answersOf(after, 'a')).toEqual([{ valueString: 'typed' }])
    expect(answersOf(after, 'name')).toEqual([{ valueString: 'Poe' }])
    expect(after.differences).toEqual([])
  })
  it('by two people at once shows each difference once, and one decision settles it', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    nameInChart('Roe')
    const [mine, theirs] = [launched('mine'), launched('theirs', room.as('sam', 'pa-staff'))]
    await Promise.all([seen(caseId, 'main', mine), seen(caseId, 'main', theirs)])
    await room.settle()
    const [first, second] = [await seen(caseId, 'main', mine), await seen(caseId, 'main', theirs)]
    expect(first.differences.map(({ itemKey }) => itemKey)).toEqual(['name'])
    expect(second.differences).toEqual(first.differences)
    await decide(caseId, { name: 'keep' })
    await room.settle()
    expect(await openAgain(caseId, 'mine')).toMatchObject({ differences: [] })
    expect(await openAgain(caseId, 'fourth')).toMatchObject({ differences: [] })
  })
  it('a difference is settled by an answer that a person gives instead', async () => {
    const caseId = await openRoom({ answer: answering([questionnaire]) })
    nameInChart('Roe')
    const view = await openAgain(caseId)
    await put(caseId, view.version, say(open(view), 'name', 'Poe'))
    expect(await seen(caseId)).toMatchObject({ differences: [] })
  })
  it('says once that the payer could not be asked, however often the form is opened', async () => {
    const caseId = await openRoom({
      answer: ({ operation, request }) =>
        operation === 'expand'
          ? { body: expansion }
          : JSON.stringify(request).includes('changedsince')
            ? { status: 503 }
            : { body: packagesOf(questionnaire) },
    })
    await openAgain(caseId)
    expect((await openAgain(caseId, 'third')).notices).toMatchObject([{ key: 'form.notice.not-checked' }])
  })
  it('a newer version of the form takes the answers over, and the response names it', async () => {
    const newer = { ...questionnaire, version: '2' }
    const caseId = await openRoom({
      answer: ({ operation, request }) =>
        operation === 'expand'
          ? { body: expansion }
          : { body: packagesOf(JSON.stringify(request).includes('changedsince') ? newer : questionnaire) },
    })
    const before = await seen(caseId)
    await put(caseId, before.version, say(open(before), 'a', 'typed'))
    const view = await openAgain(caseId)
    expect(view).toMatchObject({
      questionnaire: { version: '2' },
      response: { questionnaire: 'https://payer.example/q|2' },
      notices: [{ key: 'form.notice.newer-form' }],
    })
    expect(answersOf(view, 'a')).toEqual([{ valueString: 'typed' }])
    // The same form again is nothing new, and what was said of it has been said.
    const third = await openAgain(caseId, 'third')
    expect(third.notices).toEqual([])
    expect((await openAgain(caseId, 'fourth')).version).toBe(third.version)
  })
  it('fills what was empty and says so, relabels what was typed for want of it, and makes a kept answer the person’s', async () => {
    const withChart: Questionnaire = {
      ...questionnaire,
      item: [
        ...(questionnaire.item ?? []),
        { linkId: 'given', type: 'string', extension: [fromChart('%patient.name.given.first()')] },
        { linkId: 'birth', type: 'date', text: 'Date of birth', extension: [fromChart('%patient.birthDate')] },
      ],
    }
    const bare = { resourceType: 'Patient' as const, id: 'p1', name: [{ family: 'Doe' }] }
    const caseId = await openRoom({ answer: answering([withChart]), chart: [bare], context: { patient: bare } })
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'given', 'Typed'))
    const now = { ...bare, name: [{ family: 'Roe', given: ['Jane'] }], birthDate: '1980-01-01' }
    room.ehr.put('p1', now)
    const reopened = await openAgain(caseId)
    const state = open(reopened)
    expect(readItem(state, 'birth')).toMatchObject({
      answers: [{ valueDate: '1980-01-01' }],
      origin: { source: 'auto-client' },
    })
    expect(reopened.notices).toMatchObject([
      { key: 'form.notice.filled-since', params: { questions: 'Date of birth' } },
    ])
    expect(readItem(state, 'given')).toMatchObject({
      answers: [{ valueString: 'Typed' }],
      origin: { source: 'override', suggested: [{ valueString: 'Jane' }] },
    })
    expect(reopened.differences.map(({ itemKey }) => itemKey)).toEqual(['name'])
    await decide(caseId, { name: 'keep' })
    expect(readItem(open(await seen(caseId)), 'name')).toMatchObject({
      answers: [{ valueString: 'Doe' }],
      origin: { source: 'override', suggested: [{ valueString: 'Roe' }], author: { name: 'lena' } },
    })
  })
  it('appends a row that the chart has since, wherever it stands there, and brings none back that a person took out', async () => {
    const withRows: Questionnaire = {
      ...questionnaire,
      item: [
        {
          linkId: 'problem',
          type: 'group',
          text: 'Problem',
          repeats: true,
          extension: [
            {
              url: EXT.itemPopulationContext,
              valueExpression: {
                name: 'one',
                language: 'application/x-fhir-query',
                expression: 'Condition?patient=p1',
              },
            },
          ],
          item: [
            { linkId: 'code', type: 'string', text: 'Code', extension: [fromChart('%one.code.text')] },
            { linkId: 'note', type: 'string', text: 'Note' },
          ],
        },
      ],
    }
    const problem = (id: string): Condition => ({
      resourceType: 'Condition',
      id,
      subject: { reference: 'Patient/p1' },
      code: { text: `code ${id}` },
    })
    const caseId = await openRoom({ answer: answering([withRows]), chart: [problem('b'), problem('c')] })
    const view = await seen(caseId)
    const typed = say(removeRepetition(open(view), 'problem:0', editBy(room.launch)), 'problem:0/note', 'typed')
    await put(caseId, view.version, typed)
    // The newest stands in front in the chart.
    room.ehr.resources.clear()
    for (const id of ['a', 'b', 'c']) room.ehr.put(id, problem(id))
    room.ehr.put('p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe', given: ['Jane'] }] })
    const after = await openAgain(caseId)
    const told = ['problem:0/code', 'problem:0/note', 'problem:1/code', 'problem:2/code'].map(
      (key) => answersOf(after, key)[0]?.valueString,
    )
    expect(told).toEqual(['code c', 'typed', 'code a', undefined])
    expect(after.differences).toEqual([])
    expect(after.notices).toMatchObject([{ key: 'form.notice.filled-since', params: { questions: 'Problem' } }])
  })
  it('relabels a value that was typed for want of what it is computed from', async () => {
    const computing: Questionnaire = {
      ...questionnaire,
      item: [
        { linkId: 'born', type: 'date', text: 'Born', extension: [fromChart('%patient.birthDate')] },
        {
          linkId: 'year',
          type: 'string',
          text: 'Year',
          extension: [
            {
              url: EXT.calculatedExpression,
              valueExpression: {
                language: 'text/fhirpath',
                expression: "%resource.item.where(linkId='born').answer.value.toString().substring(0, 4)",
              },
            },
          ],
        },
      ],
    }
    const caseId = await openRoom({ answer: answering([computing]) })
    const view = await seen(caseId)
    await put(caseId, view.version, say(open(view), 'year', '1979'))
    expect(readItem(open(await seen(caseId)), 'year')?.origin?.source).toBe('manual')
    room.ehr.put('p1', { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe' }], birthDate: '1980-01-01' })
    await openAgain(caseId)
    expect(readItem(open(await openAgain(caseId, 'third')), 'year')).toMatchObject({
      answers: [{ valueString: '1979' }],
      origin: { source: 'override', suggested: [{ valueString: '1980' }] },
    })
  })
  it('that expired meanwhile is stopped and kept, its copy too, and the current one is fetched without canonicals', async () => {
    const ending: Questionnaire = { ...questionnaire, effectivePeriod: { end: '2026-11-22' } }
    const forms: Questionnaire[] = [ending]
    const caseId = await openRoom({ answer: () => ({ body: packagesOf(...forms) }) })
    await room.forms.saveToEhr(at(caseId), (await seen(caseId)).version, null)
    forms[0] = { ...questionnaire, version: '2' }
    room.setNow('2026-11-24T09:00:00.000Z')
    await seen(caseId)
    await room.settle()
    const view = await seen(caseId)
    expect(view).toMatchObject({ status: 'in-progress', questionnaire: { version: '2' } })
    expect(view.notices).toMatchObject([{ key: 'form.notice.expired' }, { key: 'form.notice.missing-value-set' }])
    expect(view.forms.map(({ status }) => status)).toEqual(['in-progress', 'stopped'])
    expect(room.ehr.writes.at(-1)).toMatchObject({ method: 'update', resource: { status: 'stopped' } })
    expect(JSON.stringify(room.calls.filter(({ operation }) => operation === 'package').at(-1))).not.toContain(
      '"questionnaire"',
    )
  })
})
