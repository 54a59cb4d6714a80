/**
 * A library translated as far as it can be: a define that has errors is taken out, and with it those that use it, until the
 * rest has none. Malformed CQL is never run (DTR "CQL errors"), and one bad rule does not silence a form.
 */
import {
  faultyDeclarations,
  readInclude,
  usesAlias,
  withoutDeclarations,
  type SourceFault,
} from '#domain/dtr/cql/cql-source.ts'
import type { LeftOut } from '#domain/dtr/cql/library.ts'

/** ELM as JSON text, and what is wrong with its source. */
export interface Attempt {
  readonly elm: string
  readonly faults: readonly SourceFault[]
}

export interface InParts {
  readonly elm: string
  /** The source that this is the ELM of. */
  readonly source: string
  readonly leftOut: readonly LeftOut[]
}

/** A translator tells of most dependents at once; only faults of grammar come one by one. */
const MAX_ROUNDS = 12

/** Undefined where the whole of it is wrong. */
export function translateInParts(source: string, translate: (source: string) => Attempt): InParts | undefined {
  let text = source
  const leftOut = new Map<string, LeftOut>()
  const missing: { readonly alias: string; readonly name: string }[] = []
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { elm, faults } = translate(text)
    if (faults.length === 0) return { elm, source: text, leftOut: [...leftOut.values()] }
    const faulty = faultyDeclarations(text, faults)
    if (faulty === null) return undefined
    const before = text
    missing.push(...faulty.filter(({ kind }) => kind === 'include').map((include) => readInclude(before, include)))
    for (const declaration of faulty.filter(({ kind }) => kind === 'define')) {
      const include = missing.find(({ alias }) => usesAlias(before, declaration, alias))
      leftOut.set(declaration.name, { name: declaration.name, missing: include?.name ?? null })
    }
    text = withoutDeclarations(text, faulty)
  }
  return undefined
}
