/** A saved form is opened by another launch after the chart has changed: what differs is shown, and a person decides. */
import type { Observation } from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredResource } from '../../sandbox/ehr/resource.ts'
import { question, startForm, type App } from './support/app.ts'
import { openFromCard, openFromOrders, openOrders, signOrders, writeOrder } from './support/ehr.ts'
import { say, unanchored } from './support/say.ts'
import { openStage, type Stage } from './support/stage.ts'

const PATIENT = 'jonas-brandt'
const WEIGHT = '29463-7'
const CRP = '1988-5'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  await stage?.close()
})

/** The newest result of this kind says something else from now on. */
function changeChart(code: string, value: number): void {
  const { store } = stage.sandbox.ehr
  const results = store.list('Observation', PATIENT) as unknown as (Observation & { id: string })[]
  const [newest] = results
    .filter((one) => one.code.coding?.some((coding) => coding.code === code) === true)
    .sort((one, other) => (other.effectiveDateTime ?? '').localeCompare(one.effectiveDateTime ?? ''))
  if (newest === undefined) throw new Error(`The chart has no ${code}`)
  const changed = { ...newest, valueQuantity: { ...newest.valueQuantity, value } }
  expect(store.update(changed as unknown as StoredResource, null)).toMatchObject({ ok: true })
}

async function openByHook(): Promise<App> {
  const page = await stage.newPage()
  await openOrders(page, stage, PATIENT)
  await writeOrder(page)
  await signOrders(page)
  return openFromCard(page)
}

/** A launch of its own, from the order screen. */
async function openAgain(): Promise<App> {
  const page = await stage.newPage()
  await openOrders(page, stage, PATIENT)
  const app = await openFromOrders(page)
  await startForm(app)
  return app
}

const showAll = (app: App) => app.getByRole('button', { name: unanchored('form.shown.all') }).click()
const panelOf = (app: App) => app.getByRole('region', { name: unanchored('form.differences.title') })
const valueOf = (app: App, linkId: string) => question(app, linkId).getByRole('textbox').first().inputValue()

describe('a form that is opened again after the chart has changed', () => {
  it('shows old and new while the person works, changes nothing by itself, and keeps what is decided', async () => {
    const first = await openByHook()
    await startForm(first)
    await showAll(first)
    expect(await valueOf(first, 'drug.weightKg')).toBe('84.6')
    expect(await panelOf(first).count()).toBe(0)

    changeChart(WEIGHT, 91)
    changeChart(CRP, 24)
    const again = await openAgain()
    await showAll(again)
    const reason = question(again, 'dx.conflict').getByRole('textbox')
    await reason.focus()
    await reason.pressSequentially('Crohn’s disease alone is treated.', { delay: 20 })
    const panel = panelOf(again)
    await panel.waitFor()
    expect(await reason.evaluate((field) => field === document.activeElement)).toBe(true)
    expect(await reason.inputValue()).toBe('Crohn’s disease alone is treated.')
    // The dose follows the weight: it is not asked about beside it.
    await expect.poll(() => panel.getByRole('listitem').count()).toBe(2)
    expect(await panel.innerText()).toMatch(/84\.6[\s\S]*91/)
    expect(await panel.innerText()).toMatch(/18[\s\S]*24/)
    expect(await valueOf(again, 'drug.weightKg')).toBe('84.6')

    const weight = panel.getByRole('listitem').filter({ hasText: '84.6' })
    await weight.getByRole('button', { name: /In the chart now/ }).click()
    await expect.poll(() => valueOf(again, 'drug.weightKg')).toBe('91')
    await expect.poll(() => valueOf(again, 'drug.doseMg')).toBe('455')
    const crp = panel.getByRole('listitem').filter({ hasText: '18' })
    await crp.getByRole('button', { name: /Kept so far/ }).click()
    await panel.waitFor({ state: 'detached' })
    expect(await valueOf(again, 'lab.crp')).toBe('18')
    // What was kept is the person's now, with the chart's value as the way back.
    await question(again, 'lab.crp').getByText(unanchored('form.chartSays')).waitFor()
    expect(await reason.inputValue()).toBe('Crohn’s disease alone is treated.')
    await again.locator('[data-save-state="saved"]').waitFor({ state: 'attached' })

    const third = await openAgain()
    await showAll(third)
    expect(await valueOf(third, 'drug.weightKg')).toBe('91')
    expect(await valueOf(third, 'dx.conflict')).toBe('Crohn’s disease alone is treated.')
    await third.getByText(say('form.differences.old')).waitFor({ state: 'detached' })
    expect(await panelOf(third).count()).toBe(0)
  })

  it('leaves no fault behind in any page', () => {
    expect(stage.faults).toEqual([])
  })
})
