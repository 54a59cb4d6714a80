/** Eight charts open at once in one browser: each is live, and none blocks the others' calls (HTTP/1.1 has six connections). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FrameLocator, Page } from 'playwright-core'
import { PERSONAS, SCENARIOS } from '../../sandbox/scenarios.ts'
import { playUntilSent } from '../../sandbox/player/journey.ts'
import { openControls } from '../../sandbox/player/sandbox-controls.ts'
import { awaitHeading, readPersonAnswers } from './support/app.ts'
import { openFromOrders, openOrders } from './support/ehr.ts'
import { say, unanchored } from './support/say.ts'
import { openStage, PATIENCE_MS, type Stage } from './support/stage.ts'

const CHARTS = 8

interface OpenChart {
  readonly patientId: string
  readonly payerId: 'caresource-oh' | 'caresource-ga'
  readonly page: Page
  readonly app: FrameLocator
}

let stage: Stage
beforeAll(async () => {
  // Everybody is pended by hand below: nothing is decided before all eight are open.
  stage = await openStage({ pendMs: 3_600_000 })
})
afterAll(async () => {
  await stage?.close()
})

/** Sends a patient's request without a browser, and opens its case in a tab of its own. */
async function openChart(persona: (typeof PERSONAS)[number]): Promise<OpenChart> {
  const { patientId, coverages } = persona
  const payerId = coverages[0]?.payerId === 'caresource-ga' ? 'caresource-ga' : 'caresource-oh'
  const { addresses } = stage.sandbox
  await playUntilSent(
    {
      patientId,
      withHook: false,
      payerId,
      answers: SCENARIOS.some((one) => one.patientId === patientId) ? readPersonAnswers(patientId) : {},
    },
    openControls(addresses.ehr),
    addresses.precert,
  )
  const page = await stage.newPage()
  await openOrders(page, stage, patientId)
  const app = await openFromOrders(page)
  await app
    .getByRole('navigation', { name: say('shell.steps') })
    .getByRole('link', { name: unanchored('step.decision') })
    .click()
  await app.getByRole('heading', { name: say('case.timeline') }).waitFor()
  return { patientId, payerId, page, app }
}

/** The payer does not know this member: nothing is left to decide. */
const REJECTED = 'tomas-reyes'
const REJECTED_MEMBER = /^CSX/

it(`keeps ${CHARTS} charts live, and every call answered`, async () => {
  const charts: OpenChart[] = []
  for (const persona of PERSONAS.filter(({ coverages }) => coverages.some(({ payerId }) => payerId !== 'unregistered')))
    if (charts.length < CHARTS) charts.push(await openChart(persona))
  expect(charts).toHaveLength(CHARTS)

  // Every open page can still ask something of the API, all at once.
  const answers = await Promise.all(charts.map(({ page }) => askApi(page)))
  for (const answer of answers) {
    expect(answer?.status).toBe(200)
    expect(answer?.ms).toBeLessThan(10_000)
  }

  // What a person at the payer decides is on every page, without a reload: by stream or by polling.
  for (const { payerId } of [{ payerId: 'caresource-oh' }, { payerId: 'caresource-ga' }] as const)
    await denyEverything(stage.sandbox.addresses.payers[payerId])
  for (const { page, app, patientId } of charts) {
    await page.bringToFront()
    await awaitHeading(app, patientId === REJECTED ? 'case.title.rejected' : 'case.title.denied')
    await expect
      .poll(() => app.getByRole('banner').innerText(), { timeout: PATIENCE_MS })
      .toMatch(/Live|Up to date every few seconds/)
  }
  expect(stage.faults).toEqual([])
})

/** A call of the frame in this page, as the app makes it. */
async function askApi(page: Page): Promise<{ status: number; ms: number } | undefined> {
  return page.frames()[1]?.evaluate(async () => {
    const launch = window.location.pathname.split('/')[2] ?? ''
    const started = performance.now()
    const response = await fetch(`/api/launch/${launch}`, { headers: { 'x-precert': '1' } })
    return { status: response.status, ms: performance.now() - started }
  })
}

async function denyEverything(payer: string): Promise<void> {
  const { requests } = (await (await fetch(`${payer}/sandbox/api/requests`)).json()) as {
    requests: { id: string; memberId: string }[]
  }
  for (const { id, memberId } of requests)
    if (!REJECTED_MEMBER.test(memberId))
      await fetch(`${payer}/sandbox/api/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id, ruling: 'deny' }),
      })
}
