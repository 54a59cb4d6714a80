/**
 * The way out to payers: a plain fetch, and for a payer that wants mutual TLS (HRex security; RFC 8705) one that
 * shows our certificate. Which payer is called is told by the address: every address of a payer is registered. Redirects are
 * never followed there, as nowhere toward payers.
 */
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { PayerConfig } from '../config.ts'

/** What we show, and whom we believe; PEM. */
export interface TlsIdentity {
  readonly key: string
  readonly certificate: string
  /** Certificates of the authorities that sign the payer's; null for those that Node knows. */
  readonly authority: string | null
}

/** A connection that nobody used for so long is closed, before the other side closes it under a request. */
const IDLE_MS = 4_000

/** A fetch that shows a certificate. Fails as fetch does: by throwing, with the cause's `code`. */
export function createTlsFetch({ key, certificate, authority }: TlsIdentity): typeof fetch {
  const agent = new Agent({
    key,
    cert: certificate,
    ...(authority === null ? {} : { ca: authority }),
    keepAlive: true,
    timeout: IDLE_MS,
    minVersion: 'TLSv1.2',
  })
  return async (input, init) => {
    const asked = new Request(input, init)
    const body = asked.body === null ? undefined : new Uint8Array(await asked.arrayBuffer())
    const { url, method, signal } = asked
    return send({ url, agent, method, headers: Object.fromEntries(asked.headers), body, signal })
  }
}

/**
 * A fetch for calls of bytes to an address, with headers as an object: what the PAS channel makes, at a third of the
 * processor time of Node's own, which streams both ways.
 */
export function createBytesFetch(): typeof fetch {
  const [http, https] = [HttpAgent, Agent].map((Kind) => new Kind({ keepAlive: true, timeout: IDLE_MS }))
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    const { method = 'GET', body, headers, signal } = init
    return send({
      url,
      agent: url.startsWith('https:') ? https : http,
      method,
      headers: headers as Record<string, string>,
      body: body as Uint8Array | undefined,
      signal: signal ?? undefined,
    })
  }
}

interface Call {
  readonly url: string
  readonly agent: HttpAgent | undefined
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal | undefined
}

function send({ url, body, signal, ...options }: Call): Promise<Response> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise<Response>((resolve, reject) => {
    // As fetch: what ended the call is the reason of its signal.
    const fail = (error: unknown): void =>
      reject(signal?.aborted === true ? (signal.reason as Error) : (error as Error))
    const outgoing = request(url, { ...options, ...(signal === undefined ? {} : { signal }) })
    outgoing.once('error', fail)
    outgoing.once('response', (incoming) => void readResponse(incoming).then(resolve, fail))
    outgoing.end(body)
  })
}

/** No answer of a payer is as large; one that never ends must not fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024

async function readResponse(incoming: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    // Leaving the loop ends the connection.
    if (length > MOST_BYTES) throw new Error('The answer is too large')
    chunks.push(chunk)
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers))
    for (const one of [value ?? []].flat()) headers.append(name, one)
  const status = incoming.statusCode ?? 500
  const hasBody = status !== 204 && status !== 304
  return new Response(hasBody ? Buffer.concat(chunks) : null, { status, headers })
}

/** Every address of a payer, by its origin. */
const originsOf = ({ crd, dtr, pas, auth }: PayerConfig): string[] =>
  [crd?.base, dtr?.base, pas?.base, pas?.attachmentUrl, auth.tokenUrl].flatMap((url) =>
    typeof url === 'string' ? [new URL(url).origin] : [],
  )

/**
 * The fetch for all payers. Reads the key files of those that have a certificate; throws, naming the file and never its
 * content, where one cannot be read, and where two payers of one address want different certificates.
 */
export function createPayerFetch(plain: typeof fetch, payers: readonly PayerConfig[]): typeof fetch {
  const byOrigin = new Map<string, { files: string; fetch: typeof fetch }>()
  for (const payer of payers) {
    if (payer.tls === null) continue
    const files = JSON.stringify(payer.tls)
    const origins = [...new Set(originsOf(payer))]
    const others = origins.map((origin) => byOrigin.get(origin)).filter((one) => one !== undefined)
    if (others.some((one) => one.files !== files))
      throw new Error(`The payer ${payer.id} shares an address with another that shows a different certificate`)
    const tlsFetch = others[0]?.fetch ?? createTlsFetch(readIdentity(payer.tls))
    for (const origin of origins) byOrigin.set(origin, { files, fetch: tlsFetch })
  }
  if (byOrigin.size === 0) return plain
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    return (byOrigin.get(new URL(url).origin)?.fetch ?? plain)(input, init)
  }
}

function readIdentity({ key, certificate, authority }: NonNullable<PayerConfig['tls']>): TlsIdentity {
  return {
    key: inFile(key),
    certificate: inFile(certificate),
    authority: authority === null ? null : inFile(authority),
  }
}

function inFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Error(`The key file ${file} cannot be read`)
  }
}
