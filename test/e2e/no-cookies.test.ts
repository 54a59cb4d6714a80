/** Where a browser refuses every cookie and all storage, the launch falls back to a bearer in memory, and all else is the same. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { awaitHeading, completeForm, readDecisions, signAndSend, startForm } from './support/app.ts'
import { openFromCard, openOrders, signOrders, writeOrder } from './support/ehr.ts'
import { openStage, type Stage } from './support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ browser: { blockCookies: true } })
})
afterAll(async () => {
  await stage?.close()
})

it('goes from the launch to the decision without a cookie', async () => {
  const page = await stage.newPage()
  await openOrders(page, stage, 'maya-okafor')
  await writeOrder(page)
  await signOrders(page)
  const app = await openFromCard(page)
  await startForm(app)
  await completeForm(app, {})
  await signAndSend(app)
  await awaitHeading(app, 'case.title.approved')
  expect(await readDecisions(app)).toEqual(['1 Approved', '2 Approved', '3 Approved'])
  expect(await stage.browser.context.cookies()).toEqual([])
  // The one-time code of the launch is gone from the address, and nothing of it stays for the frame's next guest.
  const frame = page.frames()[1]
  expect(frame?.url()).not.toMatch(/#|code=/)
  expect(await frame?.evaluate(() => window.name)).toBe('')
})

it('says so where the frame is read again: the bearer was in memory only', async () => {
  const page = await stage.newPage()
  await openOrders(page, stage, 'sara-lindqvist')
  await writeOrder(page)
  await signOrders(page)
  const app = await openFromCard(page)
  await app.getByRole('heading', { level: 1 }).waitFor()
  const frame = page.frames()[1]
  await frame?.goto(frame.url())
  await awaitHeading(app, 'error.sessionEnded.title')
})
