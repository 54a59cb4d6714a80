/** Names of the sub-extensions of ext-coverage-information (crd.md §3.1), and the two helpers all codecs need. */
import type { Extension } from 'fhir/r4'

export type CrdVersion = '2.0.1' | '2.1' | '2.2'

/** A step of a codec that changed or lost what was said. The raw message is kept beside the result. */
export interface CodecLoss {
  readonly element: string
  readonly change: 'removed' | 'generalised' | 'moved' | 'filled' | 'no-value'
}

export interface Recoded {
  readonly extension: Extension
  readonly losses: readonly CodecLoss[]
}

/** Whether an extension says anything: a value, or children of its own. */
export function hasContent(extension: Extension): boolean {
  return Object.keys(extension).some((key) => /^_?value[A-Z]/.test(key)) || (extension.extension?.length ?? 0) > 0
}

/** The code values of all sub-extensions with a name. */
export function codesOf(children: readonly Extension[], name: string): string[] {
  return children.flatMap((child) => (child.url === name ? (child.valueCode ?? []) : []))
}

/** Whether a sub-extension with a name is present. */
export function hasChild(children: readonly Extension[], name: string): boolean {
  return children.some((child) => child.url === name)
}
