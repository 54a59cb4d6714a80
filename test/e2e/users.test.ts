/** Who is at the screen, and what the chart says about coverage: other users, other rights, no hook, none or several coverages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awaitHeading, button, confirmAll, question, signAndSend, startForm, type App } from './support/app.ts'
import { openFromCard, openFromOrders, openOrders, signOrders, writeOrder } from './support/ehr.ts'
import { say, unanchored } from './support/say.ts'
import { openStage, type Stage } from './support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage?.close()
})

/** Orders, signs and opens Precert from the card, in a tab of its own. */
async function openByHook(patientId: string): Promise<App> {
  const page = await stage.newPage()
  await openOrders(page, stage, patientId)
  await writeOrder(page)
  await signOrders(page)
  return openFromCard(page)
}

/** Opens Precert from the order screen, as this user. */
async function openWithoutHook(patientId: string, as = 'lena-ruiz'): Promise<App> {
  const page = await stage.newPage()
  await openOrders(page, stage, patientId, as)
  return openFromOrders(page)
}

async function writeDraft(patientId: string): Promise<void> {
  const page = await stage.newPage()
  await openOrders(page, stage, patientId)
  await writeOrder(page)
  await page.close()
}

describe('two users of one browser', () => {
  it('the second launch ends the first: nothing of it can be seen or saved any more', async () => {
    const first = await openByHook('maya-okafor')
    await startForm(first)
    await writeDraft('sara-lindqvist')
    const second = await openWithoutHook('sara-lindqvist', 'ana-silva')
    await second.getByRole('heading', { level: 1 }).waitFor()
    await awaitHeading(first, 'error.sessionEnded.title')
    expect(await first.locator('body').innerText()).not.toMatch(/Okafor/)
  })

  it('staff prepare what a clinician signs', async () => {
    const staff = await openWithoutHook('maya-okafor', 'ana-silva')
    await startForm(staff)
    await confirmAll(staff)
    await button(staff, 'form.review').click()
    await staff.getByText(unanchored('review.sign.staff')).waitFor()
    expect(await button(staff, 'review.sign.send').isDisabled()).toBe(true)
    expect(await staff.getByRole('checkbox', { name: say('review.sign.attest') }).count()).toBe(0)

    const clinician = await openWithoutHook('maya-okafor')
    await startForm(clinician)
    await button(clinician, 'form.review').click()
    await signAndSend(clinician)
    await awaitHeading(clinician, 'case.title.approved')
  })
})

describe('a launch without a hook', () => {
  it('asks the payer itself', async () => {
    await writeDraft('tomas-reyes')
    const app = await openWithoutHook('tomas-reyes')
    await button(app, 'coverage.complete').waitFor()
    await app.getByText(/Payer answered/).waitFor()
  })

  it('says plainly that the chart holds no coverage', async () => {
    await writeDraft('peter-novak')
    const app = await openWithoutHook('peter-novak')
    await app.getByText(say('problem.no-coverage.title')).waitFor()
    await app.getByText(say('problem.no-coverage.todo')).waitFor()
    expect(await button(app, 'coverage.complete').count()).toBe(0)
  })

  it('says plainly that the payer is not connected', async () => {
    await writeDraft('ravi-pillai')
    const app = await openWithoutHook('ravi-pillai')
    await app.getByText(say('problem.unknown-payer.title')).waitFor()
    await app.getByText(unanchored('problem.unknown-payer.text')).waitFor()
  })

  it('lets a person choose among several coverages, and asks that payer alone', async () => {
    await writeDraft('ines-moreau')
    const app = await openWithoutHook('ines-moreau')
    const choice = app.getByRole('group', { name: say('coverage.choice.title') })
    await choice.getByRole('radio', { name: /Georgia/ }).check()
    await button(app, 'coverage.choice.ask').click()
    await button(app, 'coverage.complete').waitFor()
    await app
      .getByText(unanchored('coverage.choice.using'))
      .filter({ hasText: /Georgia/ })
      .waitFor()
  })
})

describe('a questionnaire that is left', () => {
  const REASON = 'Crohn’s disease is treated.'
  const OTHER_REASON = 'Crohn’s disease alone is treated.'

  it('is found again as it was', async () => {
    const app = await openByHook('jonas-brandt')
    await startForm(app)
    const conflict = question(app, 'dx.conflict').getByRole('textbox')
    await conflict.fill(REASON)
    await button(app, 'form.leave').click()
    await button(app, 'coverage.complete').waitFor()

    const again = await openWithoutHook('jonas-brandt')
    await startForm(again)
    await again.getByRole('button', { name: unanchored('form.shown.all') }).click()
    expect(await question(again, 'dx.conflict').getByRole('textbox').inputValue()).toBe(REASON)
  })

  it('takes over what somebody else saves meanwhile, and neither overwrites the other', async () => {
    const mine = await openWithoutHook('jonas-brandt')
    await startForm(mine)
    const theirs = await openWithoutHook('jonas-brandt')
    await startForm(theirs)
    await mine.getByRole('button', { name: unanchored('form.shown.all') }).click()
    await question(mine, 'dx.conflict').getByRole('textbox').fill(OTHER_REASON)
    await confirmAll(theirs)
    await theirs.locator('[data-save-state="saved"]').waitFor()

    await mine.locator('[data-confirm]').first().waitFor({ state: 'detached' })
    expect(await question(mine, 'dx.conflict').getByRole('textbox').inputValue()).toBe(OTHER_REASON)
    await theirs.getByRole('button', { name: unanchored('form.shown.all') }).click()
    await expect
      .poll(() => question(theirs, 'dx.conflict').getByRole('textbox').inputValue(), { timeout: 20_000 })
      .toBe(OTHER_REASON)
  })
})
