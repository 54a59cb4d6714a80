/** Security headers. No X-Frame-Options: an EHR frames us, and frame-ancestors says which one may. */
import { randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'

export interface PagePolicy {
  readonly nonce: string
  /** Origins that may frame the page; nobody when empty. */
  readonly frameAncestors: readonly string[]
  /** Where a form may lead, redirects included, besides ourselves. */
  readonly formActions?: readonly string[]
}

export function newNonce(): string {
  return randomBytes(18).toString('base64')
}

/** The Content-Security-Policy of a page. */
export function contentSecurityPolicy({ nonce, frameAncestors, formActions = [] }: PagePolicy): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self' blob:",
    ["form-action 'self'", ...formActions].join(' '),
    ['frame-ancestors', ...(frameAncestors.length === 0 ? ["'none'"] : frameAncestors)].join(' '),
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ')
}

/** What every answer carries; a page's own policy replaces the strict default. */
export function setCommonHeaders(reply: FastifyReply, isHttps: boolean): void {
  reply.headers({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    ...(isHttps ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  })
}
