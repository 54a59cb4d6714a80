import type { Extension } from 'fhir/r4'

interface Extensible {
  extension?: Extension[] | undefined
}

/** Partners send objects where lists should be, and nothing where entries should be: such extensions are not there. */
function extensionsOf(of: Extensible | undefined): readonly (Extension | null)[] {
  return Array.isArray(of?.extension) ? of.extension : []
}

/** The first extension with this URL, or undefined. */
export function readExtension(of: Extensible | undefined, url: string): Extension | undefined {
  return extensionsOf(of).find((extension) => extension?.url === url) ?? undefined
}

/** Every extension with this URL, in order. */
export function readExtensions(of: Extensible | undefined, url: string): Extension[] {
  return extensionsOf(of).filter((extension): extension is Extension => extension?.url === url)
}
