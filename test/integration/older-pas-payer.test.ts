/** A payer that speaks PAS 2.0.1, played whole: sandbox, server and HTTP, from the request to the change of it (pas.md §13). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bundle, Claim, ClaimResponse, DocumentReference, Parameters } from 'fhir/r4'
import type { CaseView } from '#domain/contract/case.ts'
import type { CaseChange, ChangePreview } from '#domain/contract/change.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { NO_CHANGE } from '#domain/tracking/case-change.ts'
import type { RecordedMessage } from '../../sandbox/recorder.ts'
import { signAndSend } from '../../sandbox/player/journey.ts'
import { awaitState, openFaultStage, type Case, type FaultStage } from '../support/fault-stage.ts'

const LONG_MS = 120_000
let stage: FaultStage
let opened: Case
/** Everything that passed so far. */
const messages: RecordedMessage[] = []
const drain = (): readonly RecordedMessage[] => {
  messages.push(...stage.sandbox.recorder.drain())
  return messages
}

beforeAll(async () => {
  stage = await openFaultStage()
  opened = await stage.openReady({ patientId: 'miguel-santos', withHook: false })
  await signAndSend(opened)
}, LONG_MS)
afterAll(async () => {
  await stage?.close()
})

const bodiesOf = (path: RegExp, direction: 'request' | 'response'): Bundle[] =>
  drain()
    .filter((one) => path.test(one.url) && one.direction === direction)
    .map(({ body }) => JSON.parse(body) as Bundle)
const last = (bundles: readonly Bundle[]): Bundle => {
  const bundle = bundles.at(-1)
  if (bundle === undefined) throw new Error('nothing of the kind has passed')
  return bundle
}
const claimOf = (bundle: Bundle): Claim => bundle.entry?.[0]?.resource as Claim
const answerOf = (bundle: Bundle): ClaimResponse => bundle.entry?.[0]?.resource as ClaimResponse

const change = async (wanted: Partial<CaseChange>): Promise<CaseView> => {
  // Documents may be on their way into the chart meanwhile: that is no other version of the case.
  const { version } = await opened.read()
  const asked = { change: { ...NO_CHANGE, ...wanted } }
  const { differences } = await opened.session.call<ChangePreview>(
    'POST',
    `/cases/${opened.caseId}/change/preview`,
    asked,
  )
  const submissionId = crypto.randomUUID()
  return opened.session.call<CaseView>('POST', `/cases/${opened.caseId}/change`, {
    ...asked,
    submissionId,
    version,
    differences,
  })
}

describe('a payer of PAS 2.0.1', () => {
  it(
    'pends, names its decision in a notification, and is asked for it',
    async () => {
      const view = await awaitState(opened, 'approved', 60_000)
      expect(view.lines.map(({ status }) => status)).toEqual(['approved', 'approved', 'approved'])
      expect(view.timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['pended', 'decided']))

      const submits = bodiesOf(/\/pas\/2\.0\/fhir\/Claim\/\$submit/, 'request')
      expect(submits).toHaveLength(1)
      expect(claimOf(last(submits)).extension?.map(({ url }) => url) ?? []).not.toContain(EXT.transmissionIdentifiers)
      expect(answerOf(last(bodiesOf(/Claim\/\$submit/, 'response'))).outcome).toBe('queued')
      const events = bodiesOf(/\/pas\/notify\/caresource-ga/, 'request').filter((one) =>
        (one.entry?.[0]?.resource as Parameters).parameter?.some(({ name }) => name === 'notification-event'),
      )
      expect(events.map(({ entry }) => entry?.length)).toEqual([1])
      const inquired = last(bodiesOf(/\/pas\/2\.0\/fhir\/Claim\/\$inquire/, 'response'))
      expect(inquired).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
      expect(answerOf(inquired).item).toHaveLength(3)
    },
    LONG_MS,
  )

  it(
    'gets a change with every line, and the name of the request that it replaces',
    async () => {
      const before = await opened.read()
      await change({ edits: [{ sequence: 1, quantity: null, start: null, end: '2027-09-30' }] })
      const changed = await awaitState(opened, 'approved', 60_000, ({ pendingChange }) => pendingChange === null)
      expect(changed.lines[0]?.end).toBe('2027-09-30')

      const sent = last(bodiesOf(/Claim\/\$submit/, 'request'))
      expect(sent.entry?.filter(({ resource }) => resource?.resourceType === 'Claim')).toHaveLength(1)
      expect(claimOf(sent).item).toHaveLength(3)
      const related = claimOf(sent).related?.[0]
      expect(related?.relationship?.coding?.[0]?.code).toBe('replaces')
      expect(related?.claim?.identifier?.value).toBe(before.traceNumber)

      const { documents } = await awaitState(opened, 'approved', 60_000, (view) =>
        view.documents.every(({ writtenToChart }) => writtenToChart !== null),
      )
      expect(documents.map(({ title }) => title.split(':')[0])).toEqual([
        'Prior authorization request',
        'Change of a prior authorization request',
      ])
      const [summary, record] = drain()
        .filter(({ url, direction }) => /\/DocumentReference$/.test(url) && direction === 'request')
        .map(({ body }) => JSON.parse(body) as DocumentReference)
      expect(summary?.relatesTo).toBeUndefined()
      expect(record?.relatesTo).toEqual([{ code: 'appends', target: { reference: documents[0]?.writtenToChart } }])
      // Nobody signed it.
      expect([record?.status, record?.author]).toEqual(['current', undefined])
    },
    LONG_MS,
  )

  it(
    'answers the changed line alone where it decides at once: the others keep their decision and their numbers',
    async () => {
      const first = opened
      opened = await stage.openReady({ patientId: 'ines-moreau', withHook: false, payerId: 'caresource-ga' })
      await signAndSend(opened)
      const before = await awaitState(opened, 'approved')
      await change({ edits: [{ sequence: 1, quantity: null, start: null, end: '2027-09-30' }] })
      const changed = await awaitState(opened, 'approved', 60_000, ({ pendingChange }) => pendingChange === null)
      expect(answerOf(last(bodiesOf(/Claim\/\$submit/, 'response'))).item).toHaveLength(1)
      expect(changed.lines[0]?.authorizationNumber).not.toBe(before.lines[0]?.authorizationNumber)
      expect(changed.lines.slice(1)).toEqual(before.lines.slice(1))
      opened = first
    },
    LONG_MS,
  )

  it(
    'is asked by number and by patient, in a form that it takes',
    async () => {
      for (const by of ['number', 'patient'] as const) {
        await opened.session.call('POST', `/cases/${opened.caseId}/resolve`, { action: 'inquire', by })
        const view = await awaitState(
          opened,
          'approved',
          60_000,
          ({ inquiry }) => inquiry?.how === by && inquiry.state !== 'asking',
        )
        expect(view.inquiry?.state).toBe('found')
      }
    },
    LONG_MS,
  )

  it(
    'cancels all of it',
    async () => {
      await change({ cancelAll: true })
      const cancelled = await awaitState(opened, 'cancelled', 60_000)
      expect(cancelled.lines.every(({ status }) => status === 'cancelled')).toBe(true)
    },
    LONG_MS,
  )
})
