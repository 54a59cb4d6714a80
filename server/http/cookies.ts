import type { CookieSerializeOptions } from '@fastify/cookie'

/** Shows the session. */
export const SESSION_COOKIE = '__Host-precert'
/** Binds a launch under way to the browser that began it. */
export const BROWSER_COOKIE = '__Host-precert-browser'

/**
 * Both cookies work in a cross-site frame: SameSite=None, and Partitioned, without which browsers refuse them there. `__Host-`
 * asks for Secure, Path=/ and no Domain; loopback hosts count as secure.
 */
export const COOKIE_OPTIONS: CookieSerializeOptions = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'none',
  partitioned: true,
}
