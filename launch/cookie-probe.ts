/**
 * Whether this browser keeps our cookies here, and what to do where it does not. The verifier is made at once and its hash
 * sent along, so that one question settles both.
 */
export interface ProbeEnvironment {
  readonly post: (path: string, body: unknown) => Promise<unknown>
  readonly random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>
  /** `window.name` survives the way through the EHR inside a frame, where web storage would throw. */
  readonly setWindowName: (name: string) => void
}

/** Binds the launch under way to this browser; leaves a verifier in `window.name` only where cookies are blocked. */
export async function bindBrowser(
  launch: { readonly tenant: string; readonly state: string },
  { post, random, sha256, setWindowName }: ProbeEnvironment,
): Promise<'cookie' | 'verifier'> {
  const verifier = toBase64Url(random(new Uint8Array(32)))
  const verifierHash = toBase64Url(new Uint8Array(await sha256(new TextEncoder().encode(verifier))))
  const answer = await post('/launch/bind', { ...launch, verifierHash })
  const hasCookies = (answer as { cookies?: unknown } | null)?.cookies === true
  setWindowName(hasCookies ? '' : verifier)
  return hasCookies ? 'cookie' : 'verifier'
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
