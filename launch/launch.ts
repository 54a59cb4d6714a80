/** Runs on the launch page: binds the launch to this browser and goes on to the EHR's authorization endpoint. */
import './launch.css'
import { bindBrowser } from './cookie-probe.ts'

const form = document.querySelector<HTMLFormElement>('#authorize')
if (form !== null) void goOn(form)

async function goOn(authorize: HTMLFormElement): Promise<void> {
  const { tenant = '', state = '', cookies } = authorize.dataset
  if (cookies !== 'yes') await bind(tenant, state)
  authorize.submit()
}

/** Where even asking fails, the way on is open: the callback page says what is wrong, better than this one could. */
async function bind(tenant: string, state: string): Promise<void> {
  try {
    await bindBrowser(
      { tenant, state },
      {
        post,
        random: (bytes) => crypto.getRandomValues(bytes),
        sha256: (bytes) => crypto.subtle.digest('SHA-256', bytes),
        setWindowName: (name) => {
          window.name = name
        },
      },
    )
  } catch {
    window.name = ''
  }
}

async function post(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-precert': '1' },
    body: JSON.stringify(body),
  })
  return response.ok ? response.json() : null
}
