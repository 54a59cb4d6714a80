/**
 * As much of a browser as a launch needs: a cookie jar, redirects, and forms that post themselves. It runs no script;
 * what the pages do by script, they must also offer as plain HTML (the auto-posted form) or the player does by its API.
 */
const MAX_HOPS = 12

export interface Page {
  readonly url: URL
  readonly status: number
  readonly body: string
}

export interface Browser {
  /** Opens an address as a navigation and follows redirects. */
  readonly open: (url: string) => Promise<Page>
  /** Posts a form as a navigation and follows redirects. */
  readonly post: (url: string, form: URLSearchParams, referrer: string) => Promise<Page>
  /** A script's request: same cookies, own headers, no navigation. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
}

/** Told of every hop of a navigation: OAuth messages travel in redirects. */
export type HopListener = (hop: {
  readonly method: string
  readonly url: string
  readonly requestBody: string
  readonly status: number
  readonly location: string | null
  readonly contentType: string | null
  readonly responseBody: string
}) => void

/** An empty browser: no cookies, nothing open. */
export function openBrowser(onHop: HopListener = () => undefined): Browser {
  const jar = createCookieJar()

  const request = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    const cookie = jar.header(new URL(url))
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    jar.store(new URL(url), response.headers.getSetCookie())
    return response
  }

  const navigate = async (start: string, init: RequestInit): Promise<Page> => {
    let url = start
    let current = init
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const response = await request(url, current)
      const body = await response.text()
      const location = response.headers.get('location')
      onHop({
        method: current.method ?? 'GET',
        url,
        requestBody: typeof current.body === 'string' ? current.body : '',
        status: response.status,
        location,
        contentType: response.headers.get('content-type'),
        responseBody: body,
      })
      if (location === null) return { url: new URL(url), status: response.status, body }
      url = new URL(location, url).href
      current = { headers: { accept: 'text/html' } }
    }
    throw new Error(`More than ${MAX_HOPS} redirects from ${start}`)
  }

  return {
    open: (url) => navigate(url, { headers: { accept: 'text/html' } }),
    post: (url, form, referrer) =>
      navigate(url, {
        method: 'POST',
        headers: {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(referrer).origin,
        },
        body: form.toString(),
      }),
    fetch: request,
  }
}

/** Cookies by host: a browser makes no difference between ports. */
function createCookieJar() {
  const hosts = new Map<string, Map<string, string>>()
  return {
    header: (url: URL): string =>
      [...(hosts.get(url.hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join('; '),
    store(url: URL, lines: readonly string[]): void {
      const cookies = hosts.get(url.hostname) ?? new Map<string, string>()
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split(';')
        const at = pair.indexOf('=')
        const name = pair.slice(0, at).trim()
        const isGone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))
        if (isGone) cookies.delete(name)
        else cookies.set(name, pair.slice(at + 1).trim())
      }
      hosts.set(url.hostname, cookies)
    },
  }
}

export interface HtmlForm {
  readonly action: string
  readonly fields: URLSearchParams
}

/** The first form of a page whose action matches, with its hidden fields; undefined where there is none. */
export function readForm(page: Page, action: RegExp = /./): HtmlForm | undefined {
  for (const [, attributes = '', inner = ''] of page.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)) {
    const target = readAttribute(attributes, 'action') ?? page.url.href
    if (!action.test(target)) continue
    const fields = new URLSearchParams()
    for (const [, input = ''] of inner.matchAll(/<(?:input|button)\b([^>]*)>/gi)) {
      const name = readAttribute(input, 'name')
      if (name !== undefined) fields.append(name, readAttribute(input, 'value') ?? '')
    }
    return { action: new URL(target, page.url).href, fields }
  }
  return undefined
}

function readAttribute(text: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(text)?.[1]
  return value?.replace(
    /&(#\d+|#x[0-9a-f]+|amp|lt|gt|quot);/gi,
    (whole, entity: string) => decodeEntity(entity) ?? whole,
  )
}

function decodeEntity(entity: string): string | undefined {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  if (!entity.startsWith('#')) return named[entity.toLowerCase()]
  const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1))
  return String.fromCodePoint(code)
}
