/**
 * The CQL of one form: its libraries, what its expressions mean among them, and what each takes. Translated sources come
 * in as libraries like any other (`untranslated` says which are wanted); nothing here runs CQL.
 */
import type { Coding, Expression, Library, Questionnaire, ValueSet } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtensions } from '../fhir/extension.ts'
import { err, message, ok, type Message, type Result } from '../result.ts'
import type { CqlPlan, CqlPlanner } from './cql-evaluation.ts'
import { INLINE_DEFINE, listCqlExpressions, readInlineElm, wrapInline } from './cql-inline.ts'
import { cqlIdOf, readCompiled } from './cql-language.ts'
import { readCqlLibraries, type CqlLibrary } from './cql-library.ts'
import { findByCanonical, parseCqlName, resolveName, type ResolvedName } from './cql-names.ts'
import { reachOf, type Reach } from './cql-reach.ts'
import { searchesOf } from './cql-search.ts'
import { indexValueSets, listValueSets, type CodesOf } from './cql-value-sets.ts'
import { parseElm, isMalformed, type ElmLibrary } from './elm.ts'

/** CQL source that has to be translated before it can run. */
export interface CqlSource {
  /** Where the result belongs: a library's key, or an inline expression's. */
  readonly key: string
  readonly source: string
}

/** ELM as JSON text by the key of its source; null where the source could not be translated. */
export type Translations = ReadonlyMap<string, string | null>

export interface CqlPackageInput {
  readonly questionnaire: Questionnaire
  readonly libraries: readonly Library[]
  readonly valueSets: readonly ValueSet[]
  readonly patientId: string
  readonly translations?: Translations
}

export interface CqlPackage extends CqlPlanner {
  /** Libraries with ELM, those of inline expressions among them. */
  readonly libraries: readonly CqlLibrary[]
  resolve(expression: Expression): Result<ResolvedName, Message>
  reach(name: ResolvedName): Reach
  /** Codes of every value set that the libraries declare and that is at hand. */
  readonly valueSets: ReadonlyMap<string, readonly Coding[]>
  /** Value sets that the form's expressions can reach and that are not at hand. */
  readonly missingValueSets: readonly string[]
  /** What still is to be translated: libraries first, expressions of the form after them. */
  readonly untranslated: readonly CqlSource[]
}

const libraryKey = ({ id, version }: CqlLibrary): string => `library:${id}|${version ?? ''}`
const inlineKey = (expression: Expression): string => `inline:${cqlIdOf(expression)}`

/** Reads the CQL of a form. Nothing fails: what is wrong shows when an expression is resolved. */
export function readCqlPackage(input: CqlPackageInput): CqlPackage {
  return new FormCql(input)
}

class FormCql implements CqlPackage {
  readonly libraries: readonly CqlLibrary[]
  readonly valueSets: ReadonlyMap<string, readonly Coding[]>
  private readonly input: CqlPackageInput
  private readonly own: readonly CqlLibrary[]
  private readonly main: readonly CqlLibrary[]
  private readonly inline = new Map<string, ResolvedName>()
  private readonly expressions: readonly Expression[]
  private readonly codesOf: CodesOf
  private readonly plans = new Map<string, Result<CqlPlan, Message>>()

  constructor(input: CqlPackageInput) {
    this.input = input
    this.own = readCqlLibraries(input.libraries).map((library) => translated(library, input.translations))
    this.main = mainLibraries(input.questionnaire, this.own)
    this.expressions = listCqlExpressions(input.questionnaire)
    this.expressions.forEach((expression, index) => this.readInline(expression, `Inline${String(index + 1)}`))
    this.libraries = [...this.own, ...[...this.inline.values()].map(({ library }) => library)]
    this.codesOf = indexValueSets(listValueSets(input.questionnaire, input.valueSets))
    this.valueSets = this.declaredValueSets()
  }

  resolve(expression: Expression): Result<ResolvedName, Message> {
    const text = expression.expression ?? ''
    const name = parseCqlName(text)
    const named = name === undefined ? undefined : resolveName(this.own, this.main, name)
    if (named?.ok === true) return named
    const inline = this.inline.get(inlineKey(expression))
    if (inline !== undefined)
      return inline.library.fault === null
        ? ok(inline)
        : err(message(`form.lookup.cql-${inline.library.fault}`, { name: shorten(text) }))
    if (named !== undefined) return named
    const broken = this.main.find(({ fault }) => fault !== null)
    if (name !== undefined && broken !== undefined)
      return err(message(`form.lookup.cql-${broken.fault ?? 'malformed'}`, { name: broken.id }))
    return name === undefined
      ? err(message('form.lookup.cql-untranslated', { name: shorten(text) }))
      : err(message('form.lookup.cql-no-define', { name: shorten(text) }))
  }

  reach({ library, define }: ResolvedName): Reach {
    return reachOf(this.libraries, library, define)
  }

  plan(expression: Expression): Result<CqlPlan, Message> {
    const id = cqlIdOf(expression)
    const known = this.plans.get(id) ?? this.planOf(expression)
    this.plans.set(id, known)
    return known
  }

  private planOf(expression: Expression): Result<CqlPlan, Message> {
    const resolved = this.resolve(expression)
    if (!resolved.ok) return resolved
    const reach = this.reach(resolved.value)
    const [missing] = reach.missing
    if (missing !== undefined) {
      const key = missing.fault === null ? 'cql-no-library' : `cql-${missing.fault}`
      return err(message(`form.lookup.${key}`, { name: missing.name }))
    }
    const searches = searchesOf(reach.retrieves, this.input.patientId, this.codesOf)
    if (!searches.ok) return searches
    const { library, define } = resolved.value
    const isInline = [...this.inline.values()].some((one) => one.library === library)
    return ok({
      ...searches.value,
      foundBy: isInline ? shorten(expression.expression ?? '') : `${library.id}.${define}`,
    })
  }

  get missingValueSets(): readonly string[] {
    const resolved = this.expressions.map((expression) => this.resolve(expression))
    const needed = resolved.flatMap((one) => (one.ok ? [...this.reach(one.value).valueSets] : []))
    return [...new Set(needed)].filter((canonical) => this.codesOf(canonical) === undefined)
  }

  get untranslated(): readonly CqlSource[] {
    const isOpen = ({ key }: CqlSource): boolean => this.input.translations?.has(key) !== true
    const libraries = this.own.flatMap((library) =>
      library.source === null ? [] : [{ key: libraryKey(library), source: library.source }],
    )
    const inline = this.expressions.flatMap((expression, index) =>
      this.needsTranslation(expression)
        ? [{ key: inlineKey(expression), source: this.wrap(expression, `Inline${String(index + 1)}`) }]
        : [],
    )
    return [...libraries, ...inline].filter(isOpen)
  }

  /** A define of a library that is still to be translated cannot be told from CQL: it is asked again afterwards. */
  private needsTranslation(expression: Expression): boolean {
    if (readCompiled(expression) !== null) return false
    const name = parseCqlName(expression.expression ?? '')
    return name === undefined
  }

  private wrap(expression: Expression, name: string): string {
    const helpers = this.own.filter(({ id }) => id === 'FHIRHelpers')
    const includes = [...new Set([...helpers, ...this.main])]
    return wrapInline(expression.expression ?? '', name, this.fhirVersion(), includes)
  }

  private fhirVersion(): string {
    const usings = this.own.map(
      ({ elm }) => (elm as { usings?: { def?: { localIdentifier?: string; version?: string }[] } } | null)?.usings,
    )
    return usings.flatMap((one) => one?.def ?? []).find((one) => one.localIdentifier === 'FHIR')?.version ?? '4.0.1'
  }

  private readInline(expression: Expression, name: string): void {
    const key = inlineKey(expression)
    if (readCompiled(expression) !== null) {
      const read = readInlineElm(expression, name, this.own)
      this.inline.set(key, read ?? { library: faulty(name, 'malformed'), define: INLINE_DEFINE })
      return
    }
    const elm = this.input.translations?.get(key)
    if (elm === undefined || !this.needsTranslation(expression)) return
    const library = elm === null ? faulty(name, 'untranslated') : withElm(faulty(name, 'untranslated'), elm)
    this.inline.set(key, { library, define: INLINE_DEFINE })
  }

  private declaredValueSets(): ReadonlyMap<string, readonly Coding[]> {
    const found = new Map<string, readonly Coding[]>()
    for (const { elm } of this.libraries)
      for (const { id, version } of elm?.valueSets?.def ?? []) {
        const canonical = version === undefined ? id : `${id}|${version}`
        const codes = this.codesOf(canonical)
        if (codes !== undefined) found.set(canonical, codes)
      }
    return found
  }
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text)

const faulty = (id: string, fault: 'malformed' | 'untranslated'): CqlLibrary => ({
  id,
  version: null,
  name: null,
  url: null,
  elm: null,
  source: null,
  fault,
})

function withElm(library: CqlLibrary, text: string): CqlLibrary {
  const elm: ElmLibrary | undefined = parseElm(text)
  if (elm === undefined || isMalformed(elm)) return { ...library, elm: null, source: null, fault: 'malformed' }
  return { ...library, version: elm.identifier.version ?? library.version, elm, source: null, fault: null }
}

function translated(library: CqlLibrary, translations: Translations | undefined): CqlLibrary {
  const elm = library.source === null ? undefined : translations?.get(libraryKey(library))
  return elm === undefined || elm === null ? library : withElm(library, elm)
}

/** The libraries that the form names (cqf-library); all of them where it names none that is there. */
function mainLibraries(questionnaire: Questionnaire, libraries: readonly CqlLibrary[]): readonly CqlLibrary[] {
  const named = readExtensions(questionnaire, EXT.cqfLibrary).flatMap(
    ({ valueCanonical, valueUri, valueReference }) => {
      const canonical = valueCanonical ?? valueUri ?? valueReference?.reference
      const found = canonical === undefined ? undefined : findByCanonical(libraries, canonical)
      return found === undefined ? [] : [found]
    },
  )
  return named.length > 0 ? [...new Set(named)] : libraries
}
