/**
 * ELM made ready for cql-execution where it would go wrong in silence or for no good reason. An operator that it does not
 * know is quietly null there: such nodes are given the type of one that it knows and refuses to run, so that whoever comes
 * upon it fails, and says so. Codes of a retrieve that a translator wrapped once too often are a list of lists there.
 * Parameters are bound by name alone there, for all libraries at once: each is given a name of its own.
 */
import expressions from 'cql-execution/lib/elm/expressions.js'
import { walkElm, type ElmLibrary, type ElmNode } from '#domain/dtr/cql/elm.ts'
import { parameterKey } from '#domain/dtr/cql/parameters.ts'

const REFUSED = 'Times'

type Writable = { -readonly [Field in keyof ElmNode]: ElmNode[Field] }

/** Changes the library in place: it is this thread's own copy. `all` are those that it may include. */
export function prepareElm(library: ElmLibrary, all: readonly ElmLibrary[]): void {
  for (const parameter of library.parameters?.def ?? [])
    (parameter as { name: string }).name = parameterKey(library.identifier, parameter.name)
  walkElm([library.statements, library.parameters], (node: Writable) => {
    const { type, name, libraryName } = node
    if (type === 'Retrieve') flattenCodes(node)
    if (type === 'ParameterRef' && name !== undefined)
      node.name = parameterKey(identifierOf(library, libraryName, all), name)
    if (type === undefined || type in expressions || type.endsWith('TypeSpecifier') || type === 'Null') return
    node.type = REFUSED
  })
}

/** Of the library that an alias stands for; without one, of the library itself. */
function identifierOf(
  { identifier, includes }: ElmLibrary,
  alias: string | undefined,
  all: readonly ElmLibrary[],
): ElmLibrary['identifier'] {
  const include = includes?.def?.find(({ localIdentifier }) => localIdentifier === alias)
  if (include === undefined) return identifier
  const id = include.path.split('/').at(-1) ?? include.path
  const named = all.filter(({ identifier: of }) => of.id === id || of.id === include.path)
  const found = named.find(({ identifier: of }) => of.version === include.version) ?? named[0]
  return found?.identifier ?? identifier
}

/** `ToList` of a define that is a list already; of a single code, flattening changes nothing. */
function flattenCodes(retrieve: Writable): void {
  const codes = retrieve['codes'] as ElmNode | undefined
  if (codes?.type === 'ToList') retrieve['codes'] = { type: 'Flatten', operand: codes }
}
