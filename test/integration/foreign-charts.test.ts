/**
 * Charts that somebody else made: each goes through order, coverage, questionnaire and submission without an error, over
 * HTTP. What the chart does not hold a person answers; Precert makes nothing up.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { awaitForm, signAndSend } from '../../sandbox/player/journey.ts'
import { pollUntil } from '../../sandbox/player/poll.ts'
import { openFaultStage, type FaultStage } from '../support/fault-stage.ts'
import { answerWhatIsMissing } from '../support/missing-answers.ts'

const CHARTS = resolve(import.meta.dirname, '../../../shared/data/charts')
const isThere = existsSync(CHARTS)
const WHAT = isThere ? 'a foreign chart' : 'a foreign chart (skipped: ../shared/data/charts is not there)'
const COUNT = 8
/** What a payer may make of a request that it could read. */
const READ_BY_THE_PAYER = ['approved', 'partly-approved', 'modified', 'denied', 'pended']

describe.skipIf(!isThere)(WHAT, () => {
  let stage: FaultStage
  beforeAll(async () => {
    stage = await openFaultStage({ chartsDirectory: CHARTS })
  })
  afterAll(async () => {
    await stage?.close()
  })

  it('is loaded whole', () => {
    expect(stage.sandbox.ehr.charts.otherIds).toHaveLength(COUNT)
  })

  it.each(Array.from({ length: COUNT }, (_, index) => index))(
    'number %i: ordered, asked about, filled, sent, and read by the payer',
    async (index) => {
      const patientId = stage.sandbox.ehr.charts.otherIds[index] ?? ''
      const opened = await stage.open({ patientId })
      await awaitForm(opened)
      const path = `/cases/${opened.caseId}/form`
      const form = await opened.session.call<FormView>('GET', path)
      const { answered: _answered, ...filled } = answerWhatIsMissing(form, 'Lena Ruiz', new Date().toISOString())
      await opened.session.call('PUT', path, filled)
      await signAndSend(opened)
      const view = await pollUntil(
        async () => {
          const read = await opened.read()
          return ['sending', 'sent'].includes(read.state) ? undefined : read
        },
        30_000,
        async () => 'The payer never answered.',
      )
      expect(view.errors).toEqual([])
      expect(READ_BY_THE_PAYER).toContain(view.state)
    },
  )
})
