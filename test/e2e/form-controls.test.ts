/** Every control of a questionnaire in a real Chromium: keyboard alone, find-in-page, axe, narrow frames. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest'
import { controlsView } from '../../src/app/testing/controls-form.ts'
import { CASE_ID, LAUNCH_ID, launch } from '../../src/app/testing/fixtures.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { serveApp, type FormServer } from '../support/form-server.ts'

const API = `/api/launch/${LAUNCH_ID}`
const DOCUMENTS = {
  resourceType: 'Bundle',
  type: 'searchset',
  entry: [
    {
      resource: {
        resourceType: 'DocumentReference',
        id: 'd1',
        status: 'current',
        type: { text: 'Progress note' },
        content: [{ attachment: { contentType: 'application/pdf', url: 'Binary/1' } }],
      },
    },
  ],
}
const CODES = {
  options: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'K50.90', display: 'Crohn’s disease', version: null }],
  complete: true,
  from: 'payer',
}

let browser: TestBrowser
let server: FormServer
let page: Page
beforeAll(async () => {
  server = await serveApp(({ method, path }) => {
    if (path === API) return launch()
    if (method === 'PUT') return { version: 8, savedAt: '2026-11-28T10:00:00Z' }
    if (path.endsWith('/form/options')) return CODES
    if (path.endsWith('/form/presence')) return { version: 7, editors: [] }
    if (path.startsWith(`${API}/fhir/DocumentReference`)) return DOCUMENTS
    return path.endsWith('/form') ? controlsView() : undefined
  })
  browser = await openBrowser()
})
beforeEach(async () => {
  page = await browser.context.newPage()
  await page.goto(`${server.origin}/l/${LAUNCH_ID}/cases/${CASE_ID}/form`)
  await page.getByRole('button', { name: /^All ·/ }).click()
  await page.getByRole('tab', { name: 'Clinic' }).waitFor()
  await page.getByText('Questions? Call 800-555-0100.').waitFor()
})
afterEach(() => page.close())
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const isFocused = (name: string): Promise<boolean> =>
  page.evaluate((wanted) => {
    const element = document.activeElement
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
    return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').includes(wanted)
  }, name)

describe('a form with every control', () => {
  it.each([
    { width: 1280, height: 900 },
    { width: 1024, height: 768 },
    { width: 700, height: 900 },
    { width: 640, height: 450 },
  ])('has no accessibility violation and nothing to scroll sideways for at $width px', async (size) => {
    await page.setViewportSize(size)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`))).toEqual([])
    const { scrolled, client } = await page.evaluate(() => ({
      scrolled: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }))
    expect(scrolled).toBeLessThanOrEqual(client)
  })

  it('is answered by keyboard alone', async () => {
    await page.getByRole('radio', { name: 'Mild' }).focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('radio', { name: 'Moderate' }).isChecked()).toBe(true)
    await page.getByRole('slider', { name: 'Pain' }).focus()
    await page.keyboard.press('ArrowRight')
    for (let turn = 0; turn < 6 && !(await isFocused('Stools a day')); turn += 1) await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    expect(await page.getByRole('spinbutton', { name: 'Stools a day' }).inputValue()).toBe('1')
    await page.getByRole('combobox', { name: 'Diagnosis' }).focus()
    await page.keyboard.type('crohn')
    await page.getByRole('option', { name: 'Crohn’s disease' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('combobox', { name: 'Diagnosis' }).inputValue()).toBe('Crohn’s disease')
    expect(server.asked.every(({ path }) => !path.includes('crohn'))).toBe(true)
  })

  it('takes a document that the chart holds', async () => {
    await page.getByRole('button', { name: 'Choose from the chart' }).click()
    await page.getByRole('button', { name: /Progress note/ }).click()
    expect(await page.getByRole('checkbox', { name: 'Progress note' }).isChecked()).toBe(true)
  })

  it('leaves what is not in view to screen readers, and what a tab hides to find-in-page', async () => {
    const session = await page.context().newCDPSession(page)
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    const names = nodes.flatMap(({ name }) => (typeof name?.value === 'string' ? [name.value] : []))
    expect(names).toContain('Missed work: Often')
    expect(await page.locator('[hidden="until-found"]').count()).toBe(1)
  })

  it('runs nothing of a payer’s markup', async () => {
    await page.getByText('Styled', { exact: true }).waitFor()
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    const style = await page.getByText('Styled', { exact: true }).evaluate((element) => getComputedStyle(element).color)
    expect(style).toBe('rgb(0, 128, 0)')
  })
})
