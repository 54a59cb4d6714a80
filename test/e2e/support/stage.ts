/**
 * What every end-to-end file stands on: one whole sandbox in a folder of its own and one real browser. The server is the built
 * one (`npm test` builds first), spawned as any installation would.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { onTestFailed } from 'vitest'
import { startSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/start.ts'
import { openBrowser, type TestBrowser } from '../../support/browser.ts'

/** A loaded machine is slow, not wrong. */
export const PATIENCE_MS = 40_000
const PEND_MS = 3_000

export interface Stage {
  readonly sandbox: Sandbox
  readonly browser: TestBrowser
  /** A new tab; everything its pages report as broken is kept in `faults`. */
  readonly newPage: () => Promise<Page>
  /** Script errors, refused resources and broken policies of all pages so far. */
  readonly faults: readonly string[]
  readonly close: () => Promise<void>
}

export type StageOptions = Partial<Omit<SandboxOptions, 'directory'>> & {
  readonly browser?: BrowserContextOptions & { blockCookies?: boolean }
}

/** Starts sandbox and browser; both end with `close`. */
export async function openStage({ browser: browserOptions, ...options }: StageOptions = {}): Promise<Stage> {
  // A developer's own database is never a test's.
  delete process.env['DATABASE_URL']
  const directory = mkdtempSync(join(tmpdir(), 'precert-e2e-'))
  const sandbox = await startSandbox({ directory, pendMs: PEND_MS, ...options })
  const browser = await openBrowser(browserOptions).catch(async (error: unknown) => {
    await sandbox.stop()
    throw error
  })
  browser.context.setDefaultTimeout(PATIENCE_MS)
  browser.context.setDefaultNavigationTimeout(PATIENCE_MS)
  const faults: string[] = []
  return {
    sandbox,
    browser,
    faults,
    async newPage() {
      const page = await browser.context.newPage()
      listen(page, faults)
      onTestFailed(() => report(page))
      return page
    },
    async close() {
      await browser.close()
      await sandbox.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What a failed test looked at: a test that waited in vain says little by itself. */
async function report(page: Page): Promise<void> {
  if (page.isClosed()) return
  const picture = join(tmpdir(), `precert-e2e-${Date.now()}.png`)
  await page.screenshot({ path: picture })
  const texts = await Promise.all(
    page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText({ timeout: 1_000 })
        .catch(() => '(nothing)'),
    ),
  )
  process.stderr.write(`${page.url()}\n${texts.join('\n---- frame ----\n')}\n(${picture})\n`)
}

function listen(page: Page, faults: string[]): void {
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`)
  })
}

/** Counts what a person clicks in the frames of this page, from each one's first document on: `clicks` there. */
export async function countClicks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.assign(window, { clicks: 0 })
    window.addEventListener(
      'pointerdown',
      () => Object.assign(window, { clicks: (window as unknown as { clicks: number }).clicks + 1 }),
      true,
    )
  })
}
