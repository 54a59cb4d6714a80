/** The same resource under another base URL: what lies under the EHR's base for us lies under our façade for a payer. */

/** Rewrites one literal that begins with a base URL. */
export function rewriteReference(literal: string, fromBase: string, toBase: string): string {
  return literal.startsWith(`${fromBase}/`) ? `${toBase}${literal.slice(fromBase.length)}` : literal
}

/**
 * Every `reference` and `fullUrl` of a JSON value under `fromBase`, moved under `toBase`; relative ones stay. An empty
 * `toBase` makes them relative. Gives the same value where nothing changes.
 */
export function rewriteReferences<T>(value: T, fromBase: string, toBase: string): T {
  return rewrite(value, fromBase, toBase) as T
}

function rewrite(value: unknown, fromBase: string, toBase: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, fromBase, toBase))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if ((name === 'reference' || name === 'fullUrl') && typeof member === 'string')
        return [name, rewriteReference(member, fromBase, toBase).replace(/^\/(?=[A-Z])/, '')]
      return [name, rewrite(member, fromBase, toBase)]
    }),
  )
}
