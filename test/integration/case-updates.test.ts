import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCaseUpdates, type CaseUpdatesDeps } from '../../server/cases/case-updates.ts'
import { NEW_DETAILS, type CaseContext, type CaseDetails } from '../../server/cases/case-record.ts'
import { createLiveCases, type CaseChanged } from '../../server/cases/live.ts'
import { clockRows } from '../../server/cases/open-case.ts'
import type { SubmissionRow } from '../../server/store/repositories/submissions.ts'
import type { PayerConfig, TenantConfig } from '../../server/config.ts'
import { pasLine as line, pasResponse as response } from '../support/pas-answer.ts'
import { openTestStore, type TestStore } from '../support/test-store.ts'

const TENANT = 'sandbox'
const SENT = '2026-11-22T09:47:00.000Z'
const ANSWERED = '2026-11-22T10:02:00.000Z'
const payer = {
  id: 'caresource-oh',
  name: 'CareSource',
  phone: '800 555 0100',
  pas: { deduplicates: true },
} as unknown as PayerConfig
const tenant = { id: TENANT, timeZone: 'America/New_York' } as unknown as TenantConfig

describe('a case whose request moves', () => {
  let opened: TestStore
  let deps: CaseUpdatesDeps
  let reopened: string[]
  let caseId: string
  let number = 0
  const about = () => ({ tenant: TENANT, caseId, submissionRowId: 's1' })
  const read = () =>
    opened.store.read(async (tx) => {
      const row = await opened.store.cases.find(tx, TENANT, caseId)
      return {
        state: row?.state,
        details: row?.details as CaseDetails,
        lines: await opened.store.lines.listByCase(tx, TENANT, caseId),
        clocks: await opened.store.clocks.listByCase(tx, TENANT, caseId),
        events: (await opened.store.events.listByCase(tx, TENANT, caseId)).map((event) => event.kind),
        chain: await opened.store.events.verifyChain(tx, TENANT, caseId),
      }
    })

  beforeAll(async () => {
    opened = await openTestStore()
    const live = await createLiveCases(opened.store)
    reopened = []
    deps = {
      store: opened.store,
      live,
      tenants: new Map([[TENANT, tenant]]),
      payers: new Map([[payer.id, payer]]),
      reopenForm: (_tx, _tenant, id) => Promise.resolve(void reopened.push(id)),
    }
  })
  afterAll(async () => {
    await deps.live.stop()
    await opened.close()
  })

  beforeEach(async () => {
    caseId = `case-${++number}`
    const { store } = opened
    const context = { lineOfBusiness: 'medicare-advantage', service: 'Infliximab' } as unknown as CaseContext
    const kinds = ['drug', 'administration'] as const
    await store.transaction(async (tx) => {
      await store.cases.insert(tx, {
        tenant: TENANT,
        id: caseId,
        groupId: 'g',
        patientId: 'p',
        patientName: 'Okafor, Maya',
        patientBirthDate: null,
        patientMrn: null,
        coverageRef: 'Coverage/1',
        payerId: payer.id,
        state: 'sending',
        version: 1,
        title: { key: 'case.title.sending' },
        context,
        details: NEW_DETAILS,
        createdAt: SENT,
        updatedAt: SENT,
      })
      await store.lines.insert(
        tx,
        kinds.map((kind, index) => ({
          tenant: TENANT,
          caseId,
          sequence: index + 1,
          orderRef: 'x',
          kind,
          system: null,
          code: 'Q5103',
          title: 'x',
          detail: null,
          asked: '175',
          allowed: null,
          unit: 'UN',
          startsOn: null,
          endsOn: null,
          status: 'none',
          authorizationNumber: null,
          decision: null,
        })),
      )
      await store.clocks.save(
        tx,
        clockRows(
          TENANT,
          caseId,
          context,
          kinds.map((kind, index) => ({ kind, sequence: index + 1 })),
          'standard',
        ),
      )
    })
  })

  it('starts the two clocks of an infusion when it is sent, and stops each with its line', async () => {
    const updates = createCaseUpdates(deps)
    await opened.store.transaction((tx) => updates.sent(tx, { ...about(), at: SENT }))
    const sent = await read()
    expect(sent.state).toBe('sent')
    expect(sent.clocks.map((clock) => [clock.id, clock.dueAt])).toEqual([
      ['administration', '2026-11-29T09:47:00.000Z'],
      ['drug', '2026-11-25T09:47:00.000Z'],
    ])
    await opened.store.transaction((tx) =>
      updates.answered(tx, {
        ...about(),
        at: ANSWERED,
        response: response({
          rollUp: 'pended',
          lines: [line(1, 'approved', { authorizationNumber: 'A1' }), line(2, 'pended')],
        }),
        decisionSource: 'payer',
        exchangeId: 'e',
      }),
    )
    const pended = await read()
    expect(pended.state).toBe('pended')
    expect(pended.clocks.map((clock) => [clock.id, clock.stoppedAt])).toEqual([
      ['administration', null],
      ['drug', ANSWERED],
    ])
    expect(pended.lines.map((each) => [each.status, each.authorizationNumber, each.allowed])).toEqual([
      ['approved', 'A1', '175'],
      ['pended', null, null],
    ])
    expect(pended.events).toEqual(['sent', 'pended'])
    expect(pended.chain).toEqual({ intact: true, length: 2 })
  })

  it('ignores an answer that is older than the one it has', async () => {
    const updates = createCaseUpdates(deps)
    const approved = response({ createdAt: '2026-11-22T10:05:00Z', lines: [line(1, 'approved'), line(2, 'approved')] })
    const late = response({
      createdAt: '2026-11-22T10:01:00Z',
      rollUp: 'pended',
      lines: [line(1, 'pended'), line(2, 'pended')],
    })
    for (const each of [approved, late])
      await opened.store.transaction((tx) =>
        updates.answered(tx, { ...about(), at: ANSWERED, response: each, decisionSource: 'payer', exchangeId: 'e' }),
      )
    expect((await read()).state).toBe('approved')
  })

  it('opens the form again after a rejection and lets no clock run', async () => {
    const updates = createCaseUpdates(deps)
    await opened.store.transaction((tx) => updates.sent(tx, { ...about(), at: SENT }))
    await opened.store.transaction((tx) =>
      updates.refused(tx, {
        ...about(),
        at: ANSWERED,
        reason: 'refused',
        errors: [{ code: '75', text: null, followUp: 'C', element: null, path: null, note: null }],
        exchangeId: null,
      }),
    )
    const rejected = await read()
    expect([rejected.state, rejected.details.sentAt, rejected.clocks.every((clock) => clock.dueAt === null)]).toEqual([
      'rejected',
      null,
      true,
    ])
    expect(reopened).toContain(caseId)
  })

  it('says unknown with the next step once for each step, and leaves it when the answer comes', async () => {
    const updates = createCaseUpdates(deps)
    await opened.store.transaction((tx) => updates.sent(tx, { ...about(), at: SENT }))
    for (const step of ['waiting', 'waiting', 'inquiring', 'person'] as const)
      await opened.store.transaction((tx) =>
        updates.unknown(tx, { ...about(), at: ANSWERED, since: SENT, step, nextAt: null }),
      )
    const unknown = await read()
    expect([unknown.state, unknown.details.unknown?.step, unknown.events]).toEqual([
      'unknown',
      'person',
      ['sent', 'unknown', 'inquired', 'unknown'],
    ])
    await opened.store.transaction((tx) =>
      updates.answered(tx, {
        ...about(),
        at: ANSWERED,
        response: response({ lines: [line(1, 'approved'), line(2, 'approved')] }),
        decisionSource: 'payer',
        exchangeId: 'e',
      }),
    )
    expect(await read()).toMatchObject({ state: 'approved', details: { unknown: null, decisionSource: 'payer' } })
    await opened.store.transaction((tx) =>
      updates.unknown(tx, { ...about(), at: ANSWERED, since: SENT, step: 'person', nextAt: null }),
    )
    expect((await read()).state).toBe('approved')
  })

  it('tells open pages of each change, after it is committed', async () => {
    const heard: CaseChanged[] = []
    const stop = deps.live.listen(TENANT, caseId, (changed) => heard.push(changed))
    await opened.store.transaction((tx) => createCaseUpdates(deps).sent(tx, { ...about(), at: SENT }))
    await expect.poll(() => heard).toEqual([{ tenant: TENANT, caseId, version: 2 }])
    stop()
  })

  describe('with a change under way', () => {
    const PRIOR = 'trace-1'
    const CHANGED = 'trace-2'
    const submission = (id: string, claimIdentifier: string, priorClaim: string | null): SubmissionRow => ({
      tenant: TENANT,
      id: `${caseId}-${id}`,
      caseId,
      submissionId: id,
      source: 'app',
      payerId: payer.id,
      bundleIdentifier: `${caseId}-${claimIdentifier}`,
      claimIdentifier,
      traceNumbers: [],
      bundleExchangeId: 'x',
      state: 'answered',
      attempts: 1,
      unknownSince: null,
      unknownStep: null,
      nextAt: null,
      createdAt: SENT,
      sentAt: SENT,
      answeredAt: null,
      pasVersion: '2.2.1',
      memberId: null,
      subscriberId: null,
      providerNpis: [],
      priorClaim,
      answerExchangeId: null,
      answerReference: null,
      servicesEnd: null,
      metricAt: null,
      pended: false,
    })
    const of = (id: string) => ({ tenant: TENANT, caseId, submissionRowId: `${caseId}-${id}` })

    /** Pended, then changed: line 1 asks for more, and a third line is new. */
    beforeEach(async () => {
      const { store } = opened
      await store.transaction(async (tx) => {
        await store.submissions.insert(tx, submission('s1', PRIOR, null))
        await store.submissions.insert(tx, submission('s2', CHANGED, PRIOR))
        const row = await store.cases.lock(tx, TENANT, caseId)
        if (row === undefined) throw new Error('no case')
        const lines = await store.lines.listByCase(tx, TENANT, caseId)
        const clocks = await store.clocks.listByCase(tx, TENANT, caseId)
        const details = { ...NEW_DETAILS, traceNumber: PRIOR, sentAt: SENT }
        const context = row.context as CaseContext
        const before = { state: 'pended', context, details, lines, clocks }
        await store.lines.update(tx, { tenant: TENANT, caseId, sequence: 1 }, { asked: '999' })
        await store.lines.insert(tx, [{ ...lines[0]!, sequence: 3 }])
        const change = { kind: 'change' as const, at: ANSWERED, by: 'Ana Silva', before }
        await store.cases.update(
          tx,
          { tenant: TENANT, id: caseId },
          { state: 'sending', details: { ...details, traceNumber: CHANGED, sentAt: null, change } },
          ANSWERED,
        )
      })
    })

    it('stands as before where the payer refuses it, by status or by error, and no form opens', async () => {
      const updates = createCaseUpdates(deps)
      const reopenedBefore = reopened.length
      const fault = { code: '15', text: null, followUp: null, element: null, path: null, note: null }
      await opened.store.transaction((tx) =>
        updates.refused(tx, { ...of('s2'), reason: 'refused', errors: [fault], exchangeId: null, at: ANSWERED }),
      )
      const after = await read()
      expect(after.state).toBe('pended')
      expect(after.lines.map(({ sequence, asked }) => [sequence, asked])).toEqual([
        [1, '175'],
        [2, '175'],
      ])
      expect(after.details).toMatchObject({ traceNumber: PRIOR, change: null, changeErrors: [{ code: '15' }] })
      expect(after.events).toContain('change-refused')
      expect(reopened).toHaveLength(reopenedBefore)
      expect(after.chain).toMatchObject({ intact: true })
    })

    it('is decided by its own answer alone; one to the version before counts only if the change is refused', async () => {
      const updates = createCaseUpdates(deps)
      const answer = (id: string, response: Parameters<typeof updates.answered>[1]['response'], at: string) =>
        opened.store.transaction((tx) =>
          updates.answered(tx, { ...of(id), response, decisionSource: 'payer', exchangeId: 'e', at }),
        )
      await answer('s1', response({ lines: [line(1, 'approved'), line(2, 'denied')] }), ANSWERED)
      const meanwhile = await read()
      expect(meanwhile.state).toBe('sending')
      expect(meanwhile.lines.map(({ status }) => status)).toEqual(['none', 'none', 'none'])
      expect(meanwhile.events).toContain('earlier-answer')
      await answer('s2', response({ rollUp: 'error', errors: [] }), ANSWERED)
      const refused = await read()
      expect(refused.state).toBe('partly-approved')
      expect(refused.lines.map(({ status }) => status)).toEqual(['approved', 'denied'])
    })

    it('is over when the payer decides on it', async () => {
      const updates = createCaseUpdates(deps)
      const lines = [line(1, 'approved'), line(2, 'approved'), line(3, 'cancelled')]
      await opened.store.transaction((tx) =>
        updates.answered(tx, {
          ...of('s2'),
          response: response({ lines }),
          decisionSource: 'payer',
          exchangeId: 'e',
          at: ANSWERED,
        }),
      )
      const decided = await read()
      expect(decided.state).toBe('approved')
      expect(decided.details.change).toBeNull()
    })
  })
})
