/** In a real browser with an empty cache: from the click on the card to the last automatic answer painted. */
import { gzipSync } from 'node:zlib'
import type { BrowserContext, Page, Request } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import en from '../src/app/locales/en.json' with { type: 'json' }
import type { RunningSandbox } from './running-sandbox.ts'

/** No answer has been painted for this long: it was the last one. */
const QUIET_MS = 1_500
const PATIENT = 'maya-okafor'
const FRAME = 'iframe[title="Precert"]'

/** Instants in ms since the epoch, as the pages saw them. */
interface Marks {
  click?: number
  coverage?: number
  /** The questionnaire as it opens: what needs a person, with the answers to be confirmed. */
  needsYou?: number
  /** Every answer of the form, after a switch to all questions. */
  all?: number
}

export interface FilledForm {
  readonly filledMs: number
  readonly filledAllMs: number
  readonly coverageMs: number
  readonly chromium: string
}

/** One run: an order signed beforehand, a fresh browser, one click on the card; the rest clicks itself as soon as it can. */
export async function measureFilledForm(sandbox: RunningSandbox): Promise<FilledForm> {
  await signOrder(sandbox)
  const { context, close } = await openBrowser()
  try {
    const { page, marks } = await openWatched(context, sandbox, true)
    await page.getByRole('article').getByRole('link').first().click()
    const frame = page.frameLocator(FRAME)
    await frame.locator('[data-item]').first().waitFor()
    await settle(page, marks, 'needsYou')
    // Before the click: what it draws is no part of the first answers any more.
    await page.frames()[1]?.evaluate(() => Object.assign(window, { marking: 'all' }))
    const switchedAt = Date.now()
    await frame.getByRole('button', { name: new RegExp(`^${en['form.shown.all'].split(' ')[0]}\\b`) }).click()
    await settle(page, marks, 'all')
    const { click = 0, coverage = 0, needsYou = 0, all = 0 } = marks
    const chromium = /Chrom\w*\/([\d.]+)/.exec(await page.evaluate(() => navigator.userAgent))?.[1] ?? ''
    return {
      coverageMs: coverage - click,
      filledMs: needsYou - click,
      filledAllMs: needsYou - click + Math.max(0, all - switchedAt),
      chromium,
    }
  } finally {
    await close()
  }
}

/** Waits until something was painted and nothing more for a while. */
async function settle(page: Page, marks: Marks, name: keyof Marks): Promise<void> {
  for (;;) {
    await page.waitForTimeout(100)
    if (Date.now() - (marks[name] ?? Date.now()) > QUIET_MS) return
  }
}

/**
 * Runs in every document. In the EHR it notes the click; in Precert it presses the coverage screen's button as soon as that
 * can be pressed, and notes each painting of the questions.
 */
function watch({ complete, origin, press }: { complete: string; origin: string; press: boolean }): void {
  const { mark } = window as unknown as { mark: (name: string, at: number) => void }
  const present = (): number => performance.timeOrigin + performance.now()
  if (window.location.origin !== origin) {
    window.addEventListener('pointerup', (event) => mark('click', performance.timeOrigin + event.timeStamp), true)
    return
  }
  Object.assign(window, { marking: 'needsYou' })
  let pressed = false
  const look = (changes: readonly MutationRecord[]): void => {
    if (!pressed) {
      const button = [...document.querySelectorAll('button')].find((one) => one.textContent.startsWith(complete))
      if (button === undefined || button.disabled) return
      pressed = true
      requestAnimationFrame(() => setTimeout(() => mark('coverage', present()), 0))
      if (press) button.click()
      return
    }
    const isAnswer = changes.some(({ target }) => {
      const element = target instanceof Element ? target : target.parentElement
      return element?.querySelector('[data-item]') !== null || element.closest('[data-item]') !== null
    })
    if (!isAnswer || document.querySelector('[data-item]') === null) return
    const { marking } = window as unknown as { marking: string }
    // After the next frame has been drawn.
    requestAnimationFrame(() => setTimeout(() => mark(marking, present()), 0))
  }
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
  })
}

/** JavaScript, gzip -9, of every script asked for until the coverage screen is painted, in KB (1000 bytes). */
export async function measureCoverageScripts(sandbox: RunningSandbox): Promise<number> {
  await signOrder(sandbox)
  const { context, close } = await openBrowser()
  try {
    const { page, marks } = await openWatched(context, sandbox, false)
    const scripts: Request[] = []
    context.on('request', (request) => {
      if (request.url().startsWith(sandbox.precert) && request.resourceType() === 'script') scripts.push(request)
    })
    await page.getByRole('article').getByRole('link').first().click()
    while (marks.coverage === undefined) await page.waitForTimeout(50)
    const { coverage } = marks
    // What comes behind the painted screen is the form's.
    await page.waitForTimeout(QUIET_MS)
    const before = scripts.filter((request) => request.timing().startTime <= coverage)
    // Fetched again: the launch page's own script is gone with that page.
    const bodies = await Promise.all(
      before.map(async (request) => Buffer.from(await (await fetch(request.url())).arrayBuffer())),
    )
    return bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000
  } finally {
    await close()
  }
}

/** The order screen with its cards, in a tab that notes what is painted. */
async function openWatched(
  context: BrowserContext,
  sandbox: RunningSandbox,
  press: boolean,
): Promise<{ readonly page: Page; readonly marks: Marks }> {
  const marks: Marks = {}
  await context.exposeBinding('mark', (_source, name: keyof Marks, at: number) => {
    marks[name] = at
  })
  // tsx marks functions with a helper of its own, which a page does not have.
  await context.addInitScript({ content: 'globalThis.__name ??= (value) => value' })
  await context.addInitScript(watch, { complete: en['coverage.complete'], origin: sandbox.precert, press })
  const page = await context.newPage()
  await page.goto(`${sandbox.ehr}/patients/${PATIENT}/orders`)
  await page.getByRole('article').first().waitFor()
  return { page, marks }
}

async function signOrder({ control }: RunningSandbox): Promise<void> {
  await control('orders', { patientId: PATIENT, template: 'infliximab-infusion' })
  await control('sign', { patientId: PATIENT })
}
