/** What a form says of its use, in a real Chromium: axe clean, nothing wider than its frame, the payer's form inside of it. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { CASE_ID, LAUNCH_ID, launch } from '../../src/app/testing/fixtures.ts'
import { rulesView } from '../../src/app/testing/rules-form.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { serveApp, type FormServer } from '../support/form-server.ts'

const API = `/api/launch/${LAUNCH_ID}`
const VIEW = rulesView(
  [
    { url: EXT.entryMode, valueCode: 'sequential' },
    { url: EXT.performerType, valueCode: 'Practitioner' },
    { url: EXT.copyrightLabel, valueString: '© 2026 A payer' },
  ],
  { status: 'draft' },
)

const drug = (display: string) => ({ valueCoding: { system: 'https://payer.example/cs', code: display, display } })
const NESTED = rulesView(
  [],
  {
    item: [
      {
        linkId: 'drug',
        text: 'Which were tried?',
        type: 'choice',
        repeats: true,
        answerOption: [drug('Drug A'), drug('Drug B'), drug('Drug C')],
        item: [{ linkId: 'dose', text: 'Dose', type: 'string' }],
      },
    ],
  },
  {
    response: {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
      item: [{ linkId: 'drug', answer: [drug('Drug A'), drug('Drug B')] }],
    } as unknown as NonNullable<FormView['response']>,
  },
)

let view = VIEW
let browser: TestBrowser
let server: FormServer
let page: Page
beforeAll(async () => {
  server = await serveApp(({ method, path }) => {
    if (path === API) return launch()
    if (method === 'PUT') return { version: 8, savedAt: '2026-11-28T10:00:00Z' }
    if (path.endsWith('/form/presence')) return { version: 7, editors: [] }
    return path.endsWith('/form') ? view : undefined
  })
  browser = await openBrowser()
  page = await browser.context.newPage()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

const look = async (name: string): Promise<void> => {
  const folder = process.env['PRECERT_SCREENSHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true })
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
}

describe.each([
  [1280, 'wide'],
  [640, 'narrow'],
])('at %d px', (width, name) => {
  it('shows order, performer and table, and opens the form for a new entry', async () => {
    await page.setViewportSize({ width, height: 800 })
    await page.goto(`${server.origin}/l/${LAUNCH_ID}/cases/${CASE_ID}/form`)
    await page.getByRole('button', { name: /^All ·/ }).click()
    await page.getByText('This form is answered in order').waitFor()
    await look(`${name}-1`)
    await page.getByRole('textbox', { name: /^First word/ }).fill('one')
    await page.keyboard.press('Tab')
    await page.getByRole('textbox', { name: /^Second word/ }).fill('two')
    await page.keyboard.press('Tab')
    await page.getByText('You have gone past this question').waitFor()
    await page.getByRole('button', { name: 'Enter a new one' }).click()
    await page
      .getByRole('dialog')
      .getByRole('textbox', { name: /^Family name/ })
      .fill('Doe')
    await look(`${name}-2`)
    await page.getByRole('button', { name: 'Take this one' }).click()
    await page.getByRole('checkbox', { name: /Doe/ }).waitFor()
    await look(`${name}-3`)
  })
})

describe.each([
  [1280, 'wide'],
  [640, 'narrow'],
])('what stands under the answers of one question, at %d px', (width, name) => {
  it('is named after its answer, reached by keyboard alone, and goes with it', async () => {
    view = NESTED
    await page.setViewportSize({ width, height: 800 })
    await page.goto(`${server.origin}/l/${LAUNCH_ID}/cases/${CASE_ID}/form`)
    await page.getByRole('button', { name: /^All ·/ }).click()
    const doses = page.getByRole('textbox', { name: /^Dose/ })
    const under = (answer: string) => page.getByRole('group', { name: answer, exact: true }).getByRole('textbox')
    await under('Drug A').waitFor()
    expect(await doses.count()).toBe(2)
    await under('Drug A').focus()
    await page.keyboard.type('1 mg')
    for (let presses = 0; presses < 8 && !(await isFocused(under('Drug B'))); presses += 1)
      await page.keyboard.press('Tab')
    await page.keyboard.type('2 mg')
    await page.keyboard.press('Tab')
    await look(`${name}-answers`)
    await page.getByRole('checkbox', { name: 'Drug A' }).press('Space')
    await page.getByRole('group', { name: 'Drug A', exact: true }).waitFor({ state: 'detached' })
    expect(await under('Drug B').inputValue()).toBe('2 mg')
    expect(await doses.count()).toBe(1)
  })
})

const isFocused = (of: Locator): Promise<boolean> => of.evaluate((element) => element === document.activeElement)
