/** The sandbox EHR as a clinician clicks through it. */
import { expect } from 'vitest'
import type { FrameLocator, Page } from 'playwright-core'
import type { Scenario } from '../../../sandbox/scenarios.ts'
import type { Stage } from './stage.ts'

export const INFUSION = /Add Infliximab-dyyb/

/** From the start page to the orders of a scenario's patient. */
export async function openScenario(page: Page, { sandbox }: Stage, scenario: Scenario): Promise<void> {
  await page.goto(sandbox.addresses.ehr)
  await page.getByRole('row', { name: scenario.title }).getByRole('link').click()
  await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor()
}

/** The orders of any patient, as this user of the EHR. */
export async function openOrders(page: Page, { sandbox }: Stage, patientId: string, as = 'lena-ruiz'): Promise<void> {
  await page.goto(`${sandbox.addresses.ehr}/patients/${patientId}/orders?as=${as}`)
  await page.getByRole('heading', { name: 'Orders', level: 1 }).waitFor()
}

export async function writeOrder(page: Page): Promise<void> {
  await page.getByRole('button', { name: INFUSION }).click()
  await page.getByRole('button', { name: 'Sign orders' }).waitFor()
}

/** Signs and waits for decision support's word. */
export async function signOrders(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign orders' }).click()
  await page.getByRole('region', { name: 'Decision support' }).or(page.getByRole('status')).first().waitFor()
}

/** Opens Precert from the card; the app inside the EHR's frame. */
export async function openFromCard(page: Page): Promise<FrameLocator> {
  await page
    .getByRole('article')
    .getByRole('link', { name: /Precert|documentation/i })
    .first()
    .click()
  return framed(page)
}

/** Opens Precert from the order screen, without a hook. */
export async function openFromOrders(page: Page): Promise<FrameLocator> {
  await page.getByRole('link', { name: 'Launch Precert' }).click()
  return framed(page)
}

/** Precert in this page's frame, on another site than the page. */
export async function framed(page: Page): Promise<FrameLocator> {
  const frame = page.locator('iframe[title="Precert"]')
  const src = await frame.getAttribute('src')
  expect(new URL(src ?? '').hostname).not.toBe(new URL(page.url()).hostname)
  return page.frameLocator('iframe[title="Precert"]')
}

/** The newest document of the patient whose page this is, as the EHR serves it. */
export async function readChartPdf(page: Page): Promise<Buffer> {
  await page.getByRole('navigation', { name: 'Chart' }).getByRole('link', { name: 'Documents' }).click()
  const link = page.getByRole('link', { name: /authorization|PDF|Open/i }).first()
  const response = await page.request.get(new URL((await link.getAttribute('href')) ?? '', page.url()).href)
  return response.body()
}
