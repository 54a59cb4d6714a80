/** Renders the whole app at an address, against a fake server. What jsdom lacks of a browser is put in here. */
import { cleanup, configure, render } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { I18nextProvider } from 'react-i18next'
import { QueryClientProvider } from '@tanstack/react-query'
import { afterEach, vi } from 'vitest'
import { createQueryClient } from '../api/query-client.ts'
import { resetSession } from '../api/session.ts'
import { App } from '../app.tsx'
import { startI18n } from '../i18n/i18n.ts'
import { createFakeServer, type Answers } from './fake-server.ts'
import { CASE_ID, LAUNCH_ID, launch } from './fixtures.ts'

// Chunks are loaded late; on a busy machine the first one takes longer than the library's one second.
configure({ asyncUtilTimeout: 8_000 })

export const API = `/api/launch/${LAUNCH_ID}`
export const CASE_API = `${API}/cases/${CASE_ID}`
export const COVERAGE_PATH = `/l/${LAUNCH_ID}`
export const CASE_PATH = `/l/${LAUNCH_ID}/cases/${CASE_ID}`

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

export async function renderApp(
  path: string,
  answers: Answers,
  options: { languages?: readonly string[]; wide?: boolean } = {},
) {
  completeJsdom(options.wide ?? true)
  resetSession()
  window.history.replaceState(null, '', path)
  const server = createFakeServer({ [`GET ${API}`]: { body: launch() }, ...answers })
  vi.stubGlobal('fetch', server.fetch)
  const i18n = await startI18n(options.languages ?? ['en-US'])
  const client = createQueryClient()
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } })
  const view = render(
    <I18nextProvider i18n={i18n}>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </I18nextProvider>,
  )
  return { ...view, server, user: userEvent.setup() }
}

function completeJsdom(wide: boolean): void {
  window.scrollTo = () => undefined
  Element.prototype.scrollIntoView = () => undefined
  window.matchMedia = (query) =>
    ({
      matches: wide && query.includes('min-width'),
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as unknown as MediaQueryList
  // react-aria looks options up by an escaped key; the tests' keys need no escape.
  vi.stubGlobal('CSS', { escape: (text: string) => text })
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function close() {
    this.open = false
  }
}
