/** All scenarios, by real clicks in a real browser, from the EHR's start page to the payer's decision. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { ANSWER_SCENARIOS, FORM_SCENARIOS, SCENARIOS, type Scenario } from '../../sandbox/scenarios.ts'
import {
  awaitForm,
  awaitHeading,
  button,
  completeForm,
  confirmAll,
  question,
  readAuthorizations,
  readDecisions,
  readPersonAnswers,
  signAndSend,
  startForm,
  type App,
  type PersonAnswers,
} from './support/app.ts'
import { openFromCard, openScenario, readChartPdf, signOrders, writeOrder } from './support/ehr.ts'
import { say, unanchored } from './support/say.ts'
import { countClicks, openStage, PATIENCE_MS, type Stage } from './support/stage.ts'

/** From launch to submit where the chart answers everything that a chart can. */
const MOST_CLICKS = 6

let stage: Stage
let page: Page
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage?.close()
})
beforeEach(async () => {
  page = await stage.newPage()
})
afterEach(async () => {
  await page.close()
  expect(stage.faults).toEqual([])
})

function scenarioOf(id: string): Scenario {
  const scenario = [...SCENARIOS, ...ANSWER_SCENARIOS, ...FORM_SCENARIOS].find((one) => one.id === id)
  if (scenario === undefined) throw new Error(`There is no scenario ${id}`)
  return scenario
}

/** Start page, chart, order, signature, card, coverage, questionnaire, review, attestation, and the case page. */
async function play(id: string, answers?: PersonAnswers): Promise<App> {
  const scenario = scenarioOf(id)
  await openScenario(page, stage, scenario)
  await writeOrder(page)
  await signOrders(page)
  const app = await openFromCard(page)
  await startForm(app)
  await completeForm(app, answers ?? readPersonAnswers(scenario.patientId))
  await signAndSend(app)
  return app
}

/** The timeline tells these, whatever else; newest first on the screen. */
async function expectTimeline(app: App, ...keys: readonly string[]): Promise<void> {
  const entries = app.getByRole('complementary', { name: say('case.timeline') }).getByRole('listitem')
  for (const key of ['timeline.opened', 'timeline.filled', 'timeline.signed', 'timeline.sent', ...keys])
    await entries
      .filter({ hasText: unanchored(key) })
      .first()
      .waitFor()
}

/** A clock for the drug and one for its administration. */
async function expectClocks(app: App): Promise<void> {
  const clocks = app.getByRole('region', { name: /Until when/ }).getByRole('listitem')
  await expect.poll(() => clocks.count(), { timeout: PATIENCE_MS }).toBe(2)
}

/** The signed summary stands in the chart, as the case says and as the EHR shows it. */
async function expectSummaryInChart(app: App): Promise<void> {
  await app.getByText(unanchored('case.documents.inChart')).first().waitFor()
  expect((await readChartPdf(page)).subarray(0, 5).toString()).toBe('%PDF-')
}

describe('a scenario, from the order to the decision', () => {
  it('approved at once: every line with its number, within six clicks from launch to submit', async () => {
    await countClicks(page)
    const app = await play('approved')
    expect(await page.frames()[1]?.evaluate('clicks')).toBeLessThanOrEqual(MOST_CLICKS)
    await awaitHeading(app, 'case.title.approved')
    expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
    for (const number of await readAuthorizations(app)) expect(number).toMatch(/CSOH-AUTH-\d+/)
    await expectClocks(app)
    await expectTimeline(app, 'timeline.decided', 'timeline.written-to-chart')
    await expectSummaryInChart(app)
  })

  it('pended, then approved by a notification, on the open page', async () => {
    const app = await play('pended')
    await awaitHeading(app, 'case.title.pended')
    expect(await readDecisions(app)).toEqual(['1 Pended', '2 Pended', '3 Pended'])
    await awaitHeading(app, 'case.title.approved')
    expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
    await expectTimeline(app, 'timeline.pended', 'timeline.decided')
    await expectClocks(app)
    await expectSummaryInChart(app)
  })

  it('a payer of PAS 2.0.1, which says later only that there is news: asked for it, and decided', async () => {
    const app = await play('older-version', {})
    await awaitHeading(app, 'case.title.approved')
    expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
    await expectTimeline(app, 'timeline.pended', 'timeline.decided')
    await expectSummaryInChart(app)
  })

  it('partly approved: each line with what is allowed of what was asked', async () => {
    const app = await play('partly-approved')
    await app.getByRole('heading', { level: 1, name: /^Partly approved/ }).waitFor()
    expect(await readDecisions(app)).toEqual(['1 Approved as modified', '2 Approved', '3 Denied'])
    await expectTimeline(app, 'timeline.decided')
    await expectSummaryInChart(app)
  })

  it('denied, with the payer’s reasons beside each line', async () => {
    const app = await play('denied')
    await awaitHeading(app, 'case.title.denied')
    expect(await readDecisions(app)).toEqual(['1 Denied', '2 Denied', '3 Denied'])
    await app.getByText(say('x12.reason.0F')).first().waitFor()
    await app.getByRole('region', { name: say('case.next.title') }).waitFor()
    await expectTimeline(app, 'timeline.decided')
    await expectSummaryInChart(app)
  })

  it('pended for more information: what is asked for, until when', async () => {
    const app = await play('more-information')
    await awaitHeading(app, 'case.title.asks')
    await app.getByRole('heading', { name: say('case.requests.title') }).waitFor()
    await expectTimeline(app, 'timeline.asked')
    await expectClocks(app)
    await expectSummaryInChart(app)
  })

  it('asked for a questionnaire: filled in where the case is, sent from there, and decided on', async () => {
    const app = await play('asks-for-form', {})
    await awaitHeading(app, 'case.title.asks')
    await app.getByRole('button', { name: say('case.requests.fill') }).click()
    await awaitForm(app)
    await question(app, 'office.contact').getByRole('textbox').fill('Ana Silva, 614-555-0199')
    await confirmAll(app)
    await app.getByRole('button', { name: unanchored('form.sendTo') }).click()
    await awaitHeading(app, 'case.title.approved')
    expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
  })

  it('changed after the decision: what differs is read before it is sent, and decided anew', async () => {
    const app = await play('approved')
    await awaitHeading(app, 'case.title.approved')
    await app.getByText(unanchored('case.documents.inChart')).first().waitFor()
    await button(app, 'case.action.change').click()
    const line = app.getByRole('group', { name: /^1[.]/ })
    await line.getByRole('textbox', { name: say('line.asked') }).fill('999')
    await button(app, 'change.edit.next').click()
    const differences = app.getByRole('dialog', { name: say('change.review.title') })
    await differences.getByText(/999/).waitFor()
    await differences.getByRole('button', { name: unanchored('change.review.send') }).click()
    await differences.waitFor({ state: 'detached' })
    await expectTimeline(app, 'timeline.changed')
    await expect.poll(async () => (await readDecisions(app))[0], { timeout: PATIENCE_MS }).toBe('1 Approved')
  })

  it('rejected for bad data: what to correct, and the way there', async () => {
    const app = await play('rejected')
    await awaitHeading(app, 'case.title.rejected')
    await app.getByText(say('case.error.aaa.75')).waitFor()
    await expectTimeline(app, 'timeline.rejected')
    await app.getByRole('link', { name: say('case.action.correct') }).click()
    await button(app, 'form.review').waitFor()
  })

  it('no answer: said plainly, unknown, and resolved when the payer speaks', async () => {
    const app = await play('no-answer')
    await app.getByText(unanchored('case.sentNoAnswer')).waitFor()
    await awaitHeading(app, 'case.title.unknown')
    await expectTimeline(app, 'timeline.unknown')
    await app
      .getByText(/678-555-0100/)
      .first()
      .waitFor()
    await app.getByRole('button', { name: say('case.action.inquire') }).click()
    await expectTimeline(app, 'timeline.inquired')
    await awaitHeading(app, 'case.title.unknown')
    const payer = await stage.newPage()
    await payer.goto(stage.sandbox.addresses.payers['caresource-ga'])
    // A page that is closed while it goes to another never says that it closed.
    const decided = payer.waitForEvent('load')
    await payer
      .getByRole('row', { name: /CSS400001/ })
      .getByRole('button', { name: /Decide by the policy/ })
      .click()
    await decided
    await payer.close()
    await awaitHeading(app, 'case.title.approved')
    expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
    await expectSummaryInChart(app)
  })
})
