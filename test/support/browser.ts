/**
 * The browser of the end-to-end tests: an installed Chromium or Chrome, else the one inside an npm package, which needs
 * nothing but glibc. So `npm ci && npm test` is enough on any Linux x64.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { chromium, request, type BrowserContext, type BrowserContextOptions } from 'playwright-core'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

interface Executable {
  readonly path: string
  /** The packaged one is a headless shell: it has no profile preferences. */
  readonly isShell: boolean
  readonly env: Record<string, string>
}

const environment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))

async function findExecutable(): Promise<Executable> {
  const installed = [process.env['CHROMIUM_PATH'], ...INSTALLED].find(
    (path) => path !== undefined && path !== '' && existsSync(path),
  )
  if (installed !== undefined) return { path: installed, isShell: false, env: environment() }
  const { default: packaged } = await import('@sparticuz/chromium')
  const path = await packaged.executablePath()
  const libraries = join(tmpdir(), 'precert-chromium-libraries')
  if (!existsSync(libraries)) {
    mkdirSync(libraries, { recursive: true })
    const archive = join(
      dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
      '../../bin/al2023.tar.br',
    )
    execFileSync('tar', ['-x', '-C', libraries], { input: brotliDecompressSync(readFileSync(archive)) })
  }
  return { path, isShell: true, env: { ...environment(), LD_LIBRARY_PATH: join(libraries, 'lib') } }
}

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface TestBrowser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/**
 * Opens a browser with an empty profile of its own. `blockCookies` refuses every cookie and all storage, as a strict
 * profile does; the packaged shell has no such preference, so there the cookies are taken off on the wire.
 */
export async function openBrowser(
  options: BrowserContextOptions & { blockCookies?: boolean } = {},
): Promise<TestBrowser> {
  const { blockCookies = false, ...contextOptions } = options
  const executable = await findExecutable()
  const profile = mkdtempSync(join(tmpdir(), 'precert-profile-'))
  if (blockCookies && !executable.isShell) {
    mkdirSync(join(profile, 'Default'), { recursive: true })
    writeFileSync(
      join(profile, 'Default/Preferences'),
      JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }),
    )
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable.path,
    headless: true,
    args: ARGS,
    env: executable.env,
    viewport: { width: 1280, height: 900 },
    ...contextOptions,
  })
  if (blockCookies && executable.isShell) {
    await context.route('**/*', async (route) => {
      const { cookie: _cookie, ...headers } = route.request().headers()
      const jarless = await request.newContext()
      const response = await jarless.fetch(route.request(), { headers, maxRedirects: 0 })
      const { 'set-cookie': _setCookie, ...rest } = response.headers()
      await route.fulfill({ response, headers: rest })
      await jarless.dispose()
    })
  }
  return {
    context,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
