/** Starts the app: session first, then language, then the screen. The launch is asked for while the language loads. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { QueryClientProvider } from '@tanstack/react-query'
import './ui/tokens.css'
import './ui/base.css'
import './layout/layout.css'
import { createQueryClient } from './api/query-client.ts'
import { coverageQuery, launchQuery } from './api/queries.ts'
import { redeemLaunchCode } from './api/session.ts'
import { App } from './app.tsx'
import { startI18n } from './i18n/i18n.ts'
import { parseRoute } from './router.tsx'

async function start(root: HTMLElement): Promise<void> {
  const client = createQueryClient()
  const language = startI18n(navigator.languages)
  if (await redeemLaunchCode()) {
    const route = parseRoute(window.location.pathname)
    if (route.screen !== 'not-found') void client.prefetchQuery(launchQuery(route.launchId))
    if (route.screen === 'coverage') void client.prefetchQuery(coverageQuery(route.launchId))
  }
  const i18n = await language
  document.documentElement.lang = i18n.resolvedLanguage ?? 'en'
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={i18n}>
        <QueryClientProvider client={client}>
          <App />
        </QueryClientProvider>
      </I18nextProvider>
    </StrictMode>,
  )
}

const root = document.getElementById('root')
if (root !== null) void start(root)
