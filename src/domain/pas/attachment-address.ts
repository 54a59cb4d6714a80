/**
 * Where the answer to a payer's request for information goes (CDex `$submit-attachment`, pas.md §6.4): to the address that the
 * request names, where the payer is registered with that origin; else to the one that is registered for its attachments. An
 * address of any other origin is never called: whoever can write a message could have us send a chart anywhere. Pure.
 */

export interface RegisteredAddresses {
  /** Where the payer takes attachments; null where it takes none this way. */
  readonly attachmentUrl: string | null
  /** Its other registered addresses. */
  readonly bases: readonly string[]
}

export type AttachmentRoute =
  | { readonly kind: 'send'; readonly to: string }
  /** The payer wants it at an address that we may not call: a person must bring it there. */
  | { readonly kind: 'elsewhere'; readonly address: string }
  /** By portal or fax. */
  | { readonly kind: 'none' }

const OPERATION = '$submit-attachment'

function parseUrl(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

/** The address with the operation, unless it ends with it already: the guides' examples differ. */
function toOperation(address: string): string {
  const { origin, pathname, search } = new URL(address)
  const path = pathname.replace(/\/$/, '')
  const isOperation = [`/${OPERATION}`, `/%24${OPERATION.slice(1)}`].some((end) => path.endsWith(end))
  return isOperation ? address : `${origin}${path}/${OPERATION}${search}`
}

/** Same scheme, host and port, and no name or password in it. */
function isRegistered(address: string, registered: readonly string[]): boolean {
  const url = parseUrl(address)
  return (
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.href.startsWith(`${url.origin}/`) &&
    registered.some((one) => parseUrl(one)?.origin === url.origin)
  )
}

/** @param payerUrl what the request itself says */
export function attachmentRoute(
  payerUrl: string | null,
  { attachmentUrl, bases }: RegisteredAddresses,
): AttachmentRoute {
  const registered = attachmentUrl === null ? bases : [...bases, attachmentUrl]
  if (payerUrl !== null)
    return isRegistered(payerUrl, registered)
      ? { kind: 'send', to: toOperation(payerUrl) }
      : { kind: 'elsewhere', address: payerUrl }
  return attachmentUrl === null ? { kind: 'none' } : { kind: 'send', to: toOperation(attachmentUrl) }
}
