/** A clinician's way into Precert: the EHR's launch, as a browser without script goes it, and the API behind it. */
import { openBrowser, readForm, type Browser } from './browser.ts'

export interface PrecertSession {
  readonly launchId: string
  /** Calls `/api/launch/{launchId}{path}` as the app does; throws where the answer is no success. */
  readonly call: <T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<T>
}

export class ApiRefusal extends Error {
  readonly status: number
  readonly reason: string
  constructor(what: string, status: number, body: string) {
    super(`${what} answered ${status}: ${body.slice(0, 500)}`)
    this.status = status
    this.reason = readReason(body)
  }
}

function readReason(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && 'reason' in value ? String(value.reason) : ''
  } catch {
    return ''
  }
}

/** Follows a launch address to the app. Throws with what the last page said where it does not arrive. */
export async function launchPrecert(
  launchUrl: string,
  precertUrl: string,
  browser: Browser = openBrowser(),
): Promise<PrecertSession> {
  const start = await browser.open(launchUrl)
  const form = readForm(start)
  const arrived = form === undefined ? start : await browser.post(form.action, form.fields, start.url.href)
  const launchId = /^\/l\/([^/]+)/.exec(arrived.url.pathname)?.[1]
  if (launchId === undefined || arrived.url.origin !== precertUrl)
    throw new Error(
      `The launch ended at ${arrived.url.origin}${arrived.url.pathname} with ${arrived.status}: ${readText(arrived.body)}`,
    )
  return {
    launchId,
    async call<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
      const response = await browser.fetch(`${precertUrl}/api/launch/${launchId}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'x-precert': '1',
          ...(method === 'GET' ? {} : { origin: precertUrl, 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new ApiRefusal(`${method} ${path}`, response.status, text)
      return (text === '' ? null : JSON.parse(text)) as T
    },
  }
}

function readText(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300)
}
