/**
 * ELM as JSON, as far as it is read here: what a library is called, includes, declares and says. The trees of expressions
 * are walked without a model of their many node types (CQL 1.5, ELM).
 */

export interface ElmNode {
  readonly type?: string
  readonly name?: string
  readonly libraryName?: string
  readonly [field: string]: unknown
}

export interface ElmDefinition extends ElmNode {
  readonly name: string
  readonly expression?: ElmNode
}

export interface ElmInclude {
  readonly localIdentifier: string
  readonly path: string
  readonly version?: string
}

export interface ElmLibrary {
  readonly identifier: { readonly id: string; readonly version?: string; readonly system?: string }
  readonly annotation?: readonly ElmNode[]
  readonly usings?: { readonly def?: readonly { readonly localIdentifier?: string; readonly version?: string }[] }
  readonly includes?: { readonly def?: readonly ElmInclude[] }
  readonly parameters?: { readonly def?: readonly ElmParameter[] }
  readonly valueSets?: {
    readonly def?: readonly { readonly name: string; readonly id: string; readonly version?: string }[]
  }
  readonly codeSystems?: { readonly def?: readonly { readonly name: string; readonly id: string }[] }
  readonly codes?: { readonly def?: readonly ElmCode[] }
  readonly concepts?: { readonly def?: readonly { readonly name: string; readonly code?: readonly ElmNode[] }[] }
  readonly statements?: { readonly def?: readonly ElmDefinition[] }
}

export interface ElmParameter {
  readonly name: string
  readonly parameterTypeSpecifier?: ElmNode
  readonly default?: ElmNode
}

export interface ElmCode {
  readonly name: string
  readonly id: string
  readonly codeSystem?: { readonly name?: string; readonly libraryName?: string }
}

/** Reads `{library: …}`, or the bare library that some tools print. Undefined for anything else. */
export function parseElm(text: string): ElmLibrary | undefined {
  if (isTooDeep(text)) return undefined
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null) return undefined
  const library = 'library' in json ? json.library : json
  if (typeof library !== 'object' || library === null || !('identifier' in library)) return undefined
  const { identifier } = library
  const hasId = typeof identifier === 'object' && identifier !== null && 'id' in identifier
  return hasId && typeof identifier.id === 'string' ? (library as ElmLibrary) : undefined
}

/** Real libraries nest a few hundred levels; walking far deeper ones would end the stack. */
const MAX_DEPTH = 1_500

function isTooDeep(text: string): boolean {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at)
    if (isInString && letter === '\\') at += 1
    else if (letter === '"') isInString = !isInString
    else if (isInString) continue
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}

/**
 * Whether the translator marked the library as wrong (such a library SHALL NOT be executed: DTR "CQL errors"), or it asks
 * for properties that no model has and the platform would answer.
 */
export function isMalformed(library: ElmLibrary): boolean {
  const isMarked = (library.annotation ?? []).some(
    (note) => note.type === 'CqlToElmError' && (note['errorSeverity'] ?? 'error') === 'error',
  )
  return isMarked || reachesPlatform(library)
}

const OF_PLATFORM = /(^|\.)(constructor|prototype|_\w*)(\.|$)/

function reachesPlatform({ statements }: ElmLibrary): boolean {
  let found = false
  walkElm(statements, ({ path, name }) => {
    if (typeof path === 'string' && OF_PLATFORM.test(path)) found = true
    if (name === 'constructor' || name === '__proto__') found = true
  })
  return found
}

export const definitionsOf = ({ statements }: ElmLibrary): readonly ElmDefinition[] => statements?.def ?? []

/** `{http://hl7.org/fhir}Condition` → `Condition`; null for a type of another model. */
export function fhirTypeOf(name: unknown): string | null {
  return typeof name === 'string' ? (/^\{http:\/\/hl7\.org\/fhir\}(\w+)$/.exec(name)?.[1] ?? null) : null
}

/** Visits every node of a tree. */
export function walkElm(node: unknown, visit: (node: ElmNode) => void): void {
  if (Array.isArray(node)) node.forEach((child) => walkElm(child, visit))
  else if (typeof node === 'object' && node !== null) {
    visit(node as ElmNode)
    for (const [name, child] of Object.entries(node))
      if (name !== 'annotation' && typeof child === 'object') walkElm(child, visit)
  }
}
