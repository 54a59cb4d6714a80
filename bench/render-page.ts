/** One form in a real browser: from its data being there to its visible questions painted, and what one edit costs. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core'

/** Typing has come to rest by then, the form is computed and drawn; saving begins after it. */
const EDIT_MS = 750
/** Nothing more follows an edit after this: it is saved. */
const SAVE_MS = 1_500
const WAIT_MS = 60_000

export interface Rendered {
  /** Visible questions painted, and the main thread free again to answer a key. */
  readonly firstMs: number
  /** Every question in the page. */
  readonly allMs: number
  readonly editScriptMs: number
  readonly saveScriptMs: number
  readonly longTasks: number
  readonly longTaskMs: number
  readonly chromium: string
}

interface Watched {
  renderedFrom?: number
  first?: number
  all?: number
  tasks: { start: number; duration: number }[]
}

export interface Target {
  readonly url: string
  /** CSS selector of one question. */
  readonly question: string
  readonly questions: number
  /** The field that is edited. */
  readonly field: string
}

export async function measurePage(context: BrowserContext, target: Target): Promise<Rendered> {
  const page = await context.newPage()
  try {
    await page.addInitScript({ content: 'globalThis.__name ??= (value) => value' })
    await page.addInitScript(watch, { question: target.question, questions: target.questions })
    await page.goto(target.url)
    await page.waitForFunction(() => (window as unknown as { watched: Watched }).watched.all !== undefined, undefined, {
      timeout: WAIT_MS,
    })
    const marks = await page.evaluate(() => {
      const { watched, renderedFrom } = window as unknown as { watched: Watched; renderedFrom?: number }
      const received = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/form'))
      const from = renderedFrom ?? (received as PerformanceResourceTiming | undefined)?.responseEnd ?? 0
      return { first: (watched.first ?? 0) - from, all: (watched.all ?? 0) - from, agent: navigator.userAgent }
    })
    const edit = await measureEdit(page, target.field)
    const chromium = /Chrom\w*\/([\d.]+)/.exec(marks.agent)?.[1] ?? ''
    return { firstMs: marks.first, allMs: marks.all, ...edit, chromium }
  } finally {
    await page.close()
  }
}

async function measureEdit(
  page: Page,
  field: string,
): Promise<Pick<Rendered, 'editScriptMs' | 'saveScriptMs' | 'longTasks' | 'longTaskMs'>> {
  // What loads behind the first screen is not the edit's.
  await page.waitForTimeout(SAVE_MS * 2)
  const input = page.locator(field)
  await input.focus()
  await page.keyboard.press('End')
  await page.waitForTimeout(SAVE_MS)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const from = await page.evaluate(() => performance.now())
  const before = await scriptMs(session)
  await page.keyboard.press('7')
  await page.waitForTimeout(EDIT_MS)
  const drawn = await scriptMs(session)
  await page.waitForTimeout(SAVE_MS)
  const saved = await scriptMs(session)
  await session.detach()
  const tasks = await page.evaluate(
    (start) => (window as unknown as { watched: Watched }).watched.tasks.filter((task) => task.start >= start),
    from,
  )
  return {
    editScriptMs: drawn - before,
    saveScriptMs: saved - drawn,
    longTasks: tasks.length,
    longTaskMs: tasks.reduce((sum, { duration }) => sum + duration, 0),
  }
}

async function scriptMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0) * 1000
}

/** Runs in the page before its own scripts: looks once a frame, and notes when that frame has been drawn. */
function watch({ question, questions }: { question: string; questions: number }): void {
  const watched: Watched = { tasks: [] }
  Object.assign(window, { watched })
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) watched.tasks.push({ start: startTime, duration })
  }).observe({ type: 'longtask', buffered: true })
  const mark = (name: 'first' | 'all'): void => {
    setTimeout(() => {
      watched[name] ??= performance.now()
    }, 0)
  }
  const isFull = (): boolean => {
    const drawn = document.querySelectorAll(question)
    const last = drawn[drawn.length - 1]
    if (last === undefined) return false
    if (drawn.length >= questions) mark('all')
    return drawn.length >= questions || last.getBoundingClientRect().bottom >= window.innerHeight
  }
  const look = (): void => {
    if (isFull()) mark('first')
    if (watched.all === undefined) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}
