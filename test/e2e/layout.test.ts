/** Every screen of Precert and the sandbox: no accessibility violation, and nothing to be scrolled sideways for, at any width. */
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import {
  awaitForm,
  awaitHeading,
  button,
  completeForm,
  readPersonAnswers,
  signAndSend,
  type App,
} from './support/app.ts'
import { openFromCard, openOrders, signOrders, writeOrder } from './support/ehr.ts'
import { say, unanchored } from './support/say.ts'
import { openStage, type Stage } from './support/stage.ts'

/** Beside the EHR on a small screen; a narrow frame; 1280 × 900 at 200 % zoom. */
const SIZES = [
  { width: 1024, height: 768 },
  { width: 700, height: 900 },
  { width: 640, height: 450 },
]
const WIDE = { width: 1280, height: 900 }

let stage: Stage
let page: Page
beforeAll(async () => {
  stage = await openStage()
})
beforeEach(async () => {
  page = await stage.newPage()
})
afterEach(() => page.close())
afterAll(async () => {
  await stage?.close()
})

/** Axe over the page and every frame in it, then each width. */
async function expectSound(what: string): Promise<void> {
  await expectNoViolation(what)
  for (const size of SIZES) {
    await page.setViewportSize(size)
    for (const frame of page.frames()) {
      const { scrolled, client } = await frame.evaluate(() => ({
        scrolled: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }))
      expect(
        scrolled,
        `${what}: ${frame === page.mainFrame() ? 'page' : 'frame'} at ${size.width}`,
      ).toBeLessThanOrEqual(client)
    }
  }
  await expectNoViolation(`${what}, narrow`)
  await page.setViewportSize(WIDE)
}

async function expectNoViolation(what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id} ${target.join(' ')} ${html}`),
  )
  expect(found, what).toEqual([])
}

async function openByHook(patientId: string): Promise<App> {
  await openOrders(page, stage, patientId)
  await writeOrder(page)
  await signOrders(page)
  return openFromCard(page)
}

describe('the sandbox', () => {
  it.each(['/', '/patients'])('EHR page %s', async (path) => {
    await page.goto(`${stage.sandbox.addresses.ehr}${path}`)
    await expectSound(path)
  })

  it.each(['summary', 'problems', 'medications', 'results', 'notes', 'documents'])('chart tab %s', async (tab) => {
    await page.goto(`${stage.sandbox.addresses.ehr}/patients/maya-okafor/${tab}`)
    await expectSound(tab)
  })

  it('order screen: empty, with drafts, with cards', async () => {
    await openOrders(page, stage, 'maya-okafor')
    await expectSound('orders')
    await writeOrder(page)
    await expectSound('drafts')
    await signOrders(page)
    await expectSound('cards')
  })
})

describe('Precert, inside the EHR’s frame', () => {
  it('coverage, questionnaire, evidence, keys, review and decision', async () => {
    const app = await openByHook('maya-okafor')
    await button(app, 'coverage.complete').waitFor()
    await expectSound('coverage')
    await button(app, 'coverage.complete').click()
    await awaitForm(app)
    await expectSound('questionnaire: needs you')
    await app.getByRole('button', { name: unanchored('form.shown.all') }).click()
    await expectSound('questionnaire: all')
    await button(app, 'form.keys.show').click()
    await expectSound('keys')
    await page.keyboard.press('Escape')
    await completeForm(app, {})
    await app.getByRole('checkbox', { name: say('review.sign.attest') }).waitFor()
    await expectSound('review')
    await signAndSend(app)
    await awaitHeading(app, 'case.title.approved')
    await expectSound('approved')
  })

  it.each([
    ['jonas-brandt', 'case.title.denied'],
    ['carol-whitfield', 'case.title.asks'],
    ['tomas-reyes', 'case.title.rejected'],
    ['linh-nguyen', 'case.title.unknown'],
    ['oluwaseun-adeyemi', null],
  ] as const)('the case of %s', async (patientId, title) => {
    const app = await openByHook(patientId)
    await button(app, 'coverage.complete').click()
    await awaitForm(app)
    await completeForm(app, readPersonAnswers(patientId))
    await signAndSend(app)
    if (title === null) await app.getByRole('heading', { level: 1, name: /^Partly approved/ }).waitFor()
    else await awaitHeading(app, title)
    await expectSound(patientId)
  })

  it.each(['peter-novak', 'ravi-pillai', 'ines-moreau'])('the coverage screen of %s', async (patientId) => {
    await openOrders(page, stage, patientId)
    await writeOrder(page)
    await page.getByRole('link', { name: 'Launch Precert' }).click()
    await page.frameLocator('iframe[title="Precert"]').getByRole('heading', { level: 1 }).waitFor()
    await expectSound(patientId)
  })
})

describe('pages without a launch', () => {
  it.each(['/launch?iss=https://unknown.example&launch=x', '/l/none', '/nowhere'])('%s', async (path) => {
    await page.goto(`${stage.sandbox.addresses.precert}${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expectSound(path)
  })

  it('the payer’s page', async () => {
    await page.goto(stage.sandbox.addresses.payers['caresource-oh'])
    await expectSound('payer')
  })
})
