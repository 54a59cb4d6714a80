/** One scenario without a mouse: Tab, Enter, Space and the app's own keys, from the EHR's order screen to the decision. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { awaitForm, awaitHeading, button, readDecisions } from './support/app.ts'
import { framed, INFUSION, openOrders } from './support/ehr.ts'
import { say } from './support/say.ts'
import { openStage, type Stage } from './support/stage.ts'

/** More stops than any of the screens has. */
const MOST_STOPS = 120

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage?.close()
})

/** Tabs until the focus is there; every stop on the way must be visible. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not reach ${String(target)}`)
}

async function press(page: Page, target: Locator, key: 'Enter' | 'Space'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

it('goes from the order to the decision by keyboard alone', async () => {
  const page = await stage.newPage()
  await openOrders(page, stage, 'maya-okafor')
  await press(page, page.getByRole('button', { name: INFUSION }), 'Enter')
  await press(page, page.getByRole('button', { name: 'Sign orders' }), 'Space')
  await press(page, page.getByRole('article').getByRole('link').first(), 'Enter')

  const app = await framed(page)
  await press(page, button(app, 'coverage.complete'), 'Enter')
  await awaitForm(app)
  // The app's own keys: N goes to the next question that needs somebody, C confirms it.
  const waiting = app.locator('[data-confirm]')
  await waiting.first().waitFor()
  for (let turn = 0; turn < 10 && (await waiting.count()) > 0; turn++) {
    const before = await waiting.count()
    await page.keyboard.press('n')
    await page.keyboard.press('c')
    await expect.poll(() => waiting.count()).toBeLessThan(before)
  }
  await press(page, button(app, 'form.review'), 'Enter')
  await press(page, app.getByRole('checkbox', { name: say('review.sign.attest') }), 'Space')
  await press(page, button(app, 'review.sign.send'), 'Enter')
  await awaitHeading(app, 'case.title.approved')
  expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
  expect(stage.faults).toEqual([])
})

it('lists its keys, and can be told to ignore them', async () => {
  const page = await stage.newPage()
  await openOrders(page, stage, 'sara-lindqvist')
  await press(page, page.getByRole('button', { name: INFUSION }), 'Enter')
  await press(page, page.getByRole('button', { name: 'Sign orders' }), 'Enter')
  await press(page, page.getByRole('article').getByRole('link').first(), 'Enter')
  const app = await framed(page)
  await press(page, button(app, 'coverage.complete'), 'Enter')
  await awaitForm(app)
  await page.keyboard.press('?')
  const list = app.getByRole('dialog', { name: say('form.keys.title') })
  await press(page, list.getByRole('checkbox'), 'Space')
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'hidden' })
  const waiting = await app.locator('[data-confirm]').count()
  await page.keyboard.press('n')
  await page.keyboard.press('c')
  expect(await app.locator('[data-confirm]').count()).toBe(waiting)
})
