/**
 * Writes down every message that passes the sandbox: what came in, what went out. `npm run scenarios` turns the record
 * into files. It holds synthetic data only, in memory, bounded.
 */
import { Transform } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export interface RecordedMessage {
  /** When the message was sent or began to arrive. */
  readonly time: string
  readonly from: string
  readonly to: string
  /** `fhir`: a body that is a FHIR resource; `cds-hooks` and `oauth`: everything else that matters. */
  readonly kind: 'fhir' | 'cds-hooks' | 'oauth'
  readonly method: string
  readonly url: string
  readonly direction: 'request' | 'response'
  readonly status: number | null
  readonly contentType: string | null
  readonly body: string
  /** Where a redirect leads: an OAuth answer travels there, not in a body. */
  readonly location?: string
}

const LIMIT = 20_000

export interface Recorder {
  record(message: RecordedMessage): void
  /** Takes everything recorded since the last drain. */
  drain(): RecordedMessage[]
}

export function createRecorder(): Recorder {
  let messages: RecordedMessage[] = []
  return {
    record(message) {
      if (messages.length < LIMIT) messages.push(message)
    },
    drain() {
      const taken = messages
      messages = []
      return taken
    },
  }
}

/** Which kind of message a path carries; null for pages and the sandbox's own controls, which nobody records. */
export function readMessageKind(path: string): RecordedMessage['kind'] | null {
  const bare = path.split('?')[0] ?? ''
  if (bare.startsWith('/sandbox/')) return null
  if (/\/\.well-known\/|\/oauth2?\/|jwks/.test(bare)) return 'oauth'
  if (/\/cds-services(\/|$)/.test(bare)) return 'cds-hooks'
  return /\/(fhir|notify)(\/|$)/.test(bare) ? 'fhir' : null
}

interface RecordOptions {
  readonly recorder: Recorder
  /** Who this app is, e.g. `ehr`. */
  readonly name: string
  /** Public base URL of this app: the record holds absolute addresses. */
  readonly baseUrl: string
  readonly now: () => string
  /** Who called; Precert where nothing else is said. */
  readonly caller?: (request: FastifyRequest) => string
}

/**
 * Records the bodies, byte for byte as text, of what a Fastify app receives and answers on FHIR, CDS Hooks and OAuth
 * routes. Call it on the root instance before routes are added.
 */
export function recordTraffic(app: FastifyInstance, options: RecordOptions): void {
  const arrivals = new WeakMap<FastifyRequest, { time: string; chunks: Buffer[] }>()
  app.addHook('onRequest', (request, _reply, done) => {
    arrivals.set(request, { time: options.now(), chunks: [] })
    done()
  })
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const chunks = arrivals.get(request)?.chunks
    if (chunks === undefined) return done(null, payload)
    const tee = Object.assign(
      new Transform({
        transform(chunk: Buffer, _encoding, next) {
          chunks.push(chunk)
          tee.receivedEncodedLength += chunk.length
          next(null, chunk)
        },
      }),
      { receivedEncodedLength: 0 },
    )
    payload.on('error', (error: Error) => tee.destroy(error))
    done(null, payload.pipe(tee))
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    const arrival = arrivals.get(request)
    const kind = readMessageKind(request.url)
    if (arrival !== undefined && kind !== null) {
      const caller = options.caller?.(request) ?? 'precert'
      const common = { kind, method: request.method, url: options.baseUrl + request.url }
      recordUnlessEmpty(options.recorder, {
        ...common,
        time: arrival.time,
        from: caller,
        to: options.name,
        direction: 'request',
        status: null,
        contentType: request.headers['content-type'] ?? null,
        body: Buffer.concat(arrival.chunks).toString('utf8'),
      })
      const location = reply.getHeader('location')
      const contentType = reply.getHeader('content-type')
      recordUnlessEmpty(options.recorder, {
        ...common,
        time: options.now(),
        from: options.name,
        to: caller,
        direction: 'response',
        status: reply.statusCode,
        contentType: typeof contentType === 'string' ? contentType : null,
        body: typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString('utf8') : '',
        ...(typeof location === 'string' ? { location } : {}),
      })
    }
    done(null, payload)
  })
}

/** A FHIR request or answer without a body carries no resource; every hook and OAuth message is kept. */
function recordUnlessEmpty(recorder: Recorder, message: RecordedMessage): void {
  if (message.kind !== 'fhir' || message.body !== '') recorder.record(message)
}

interface RecordFetchOptions {
  readonly recorder: Recorder
  readonly name: string
  readonly now: () => string
  /** Who is called; Precert where nothing else is said. */
  readonly callee?: (url: URL) => string
}

/** A fetch that records what a sandbox app sends out and gets back: hooks, feedback, façade reads, notifications. */
export function recordFetch(send: typeof fetch, options: RecordFetchOptions): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    const kind = readMessageKind(url.pathname)
    if (kind === null) return send(request)
    const callee = options.callee?.(url) ?? 'precert'
    const common = { kind, method: request.method, url: request.url }
    recordUnlessEmpty(options.recorder, {
      ...common,
      time: options.now(),
      from: options.name,
      to: callee,
      direction: 'request',
      status: null,
      contentType: request.headers.get('content-type'),
      body: await request.clone().text(),
    })
    const response = await send(request)
    const location = response.headers.get('location')
    recordUnlessEmpty(options.recorder, {
      ...common,
      time: options.now(),
      from: callee,
      to: options.name,
      direction: 'response',
      status: response.status,
      contentType: response.headers.get('content-type'),
      body: await response.clone().text(),
      ...(location === null ? {} : { location }),
    })
    return response
  }
}
