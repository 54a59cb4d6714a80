import type { Extension } from 'fhir/r4'

interface Extensible {
  extension?: Extension[] | undefined
}

/** The first extension with this URL, or undefined. */
export function readExtension(of: Extensible | undefined, url: string): Extension | undefined {
  return of?.extension?.find((extension) => extension.url === url)
}

/** Every extension with this URL, in order. */
export function readExtensions(of: Extensible | undefined, url: string): Extension[] {
  return of?.extension?.filter((extension) => extension.url === url) ?? []
}
