import type { FastifyInstance } from 'fastify'
import { RefusedBody } from './send-failure.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body's bytes as they came, for what must be kept or hashed as sent; null where there was none. */
    rawBody: Buffer | null
  }
}

const JSON_TYPES = ['application/json', 'application/fhir+json']

/** Parses JSON of both kinds; refuses what no database or FHIR reader could keep as it is. */
export function parseJsonBodies(app: FastifyInstance): void {
  app.decorateRequest('rawBody', null)
  app.removeContentTypeParser(JSON_TYPES)
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      // A Buffer, as asked for by `parseAs`.
      request.rawBody = body as Buffer
      done(null, parseStrictJson(request.rawBody))
    } catch (error) {
      done(error instanceof Error ? error : new RefusedBody('invalid-json'))
    }
  })
}

/** Keeps JSON bodies as bytes, for routes that have them parsed elsewhere: `body` is what `rawBody` is. */
export function keepJsonBytes(app: FastifyInstance): void {
  app.removeContentTypeParser(JSON_TYPES)
  app.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer
    done(null, body)
  })
}

/**
 * Only a text with one of these can hold what is refused: escapes (NUL, half a character, a key written with them), the key, an
 * exponent, a long number. A number counts where one may stand: most UUIDs have what looks like an exponent.
 */
const SUSPECT_NUMBER = /(?:^|[\s:,[])-?(?:\d{300}|\d+(?:[.]\d+)?[eE][+]?\d{2,}(?![^\s,}\]]))/
const isSuspect = (text: string): boolean =>
  text.includes('\\u') || text.includes('__proto__') || SUSPECT_NUMBER.test(text)

/** Gives the value; null for an empty body. Throws `RefusedBody`. */
export function parseStrictJson(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes)
  if (text === '') return null
  const value = parse(text)
  if (isSuspect(text)) checkValue(value)
  return value
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes)
  } catch {
    throw new RefusedBody('invalid-json')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new RefusedBody('invalid-json')
  }
}

/** What PostgreSQL keeps in no text and in no JSON. */
function checkText(text: string): void {
  if (text.includes('\0')) throw new RefusedBody('nul-character')
  if (!text.isWellFormed()) throw new RefusedBody('half-character')
}

/** Texts that cannot be kept, numbers beyond a double, and the key that pollutes prototypes. Not recursive: depth is free. */
function checkValue(root: unknown): void {
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value === 'string') checkText(value)
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RefusedBody('number-not-finite')
    if (typeof value !== 'object' || value === null) continue
    for (const [key, child] of Object.entries(value)) {
      if (key === '__proto__') throw new RefusedBody('forbidden-key')
      checkText(key)
      pending.push(child)
    }
  }
}
