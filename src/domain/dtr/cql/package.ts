/**
 * The CQL of one form: its libraries, what its expressions mean among them, and what each takes. Translated sources come
 * in as libraries like any other (`untranslated` says which are wanted); nothing here runs CQL.
 */
import type { Coding, Expression, Library, Questionnaire, ValueSet } from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { err, message, ok, type Message, type Result } from '../../result.ts'
import type { CqlPlan, CqlPlanner } from './evaluation.ts'
import { INLINE_DEFINE, listCqlExpressions, needsTranslation, readInlineElm, wrapInline } from './inline.ts'
import { cqlIdOf, readCompiled } from './language.ts'
import { readCqlLibraries, usedFhirVersion, type CqlFault, type CqlLibrary, type Translation } from './library.ts'
import { findByCanonical, looseNames, parseCqlName, resolveName, type CqlName, type ResolvedName } from './names.ts'
import { reachOf, type Reach } from './reach.ts'
import { searchesOf } from './search.ts'
import { indexValueSets, listValueSets, type CodesOf } from './value-sets.ts'
import { parseElm, isMalformed, type ElmLibrary } from './elm.ts'

/** CQL source that has to be translated before it can run. */
export interface CqlSource {
  /** Where the result belongs: a library's key, or an inline expression's. */
  readonly key: string
  readonly source: string
}

/** By the key of the source; null where nothing of it could be translated, `stopped` where it took too long. */
export type Translations = ReadonlyMap<string, Translation | 'stopped' | null>

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
  readonly codesOf: CodesOf
  readonly patientId: string
  private readonly plans = new Map<string, Result<CqlPlan, Message>>()

  constructor(input: CqlPackageInput) {
    this.input = input
    this.own = readCqlLibraries(input.libraries).map((library) => translated(library, input.translations))
    this.main = mainLibraries(input.questionnaire, this.own)
    this.expressions = listCqlExpressions(input.questionnaire)
    this.expressions.forEach((expression, index) => this.readInline(expression, `Inline${String(index + 1)}`))
    this.libraries = [...this.own, ...[...this.inline.values()].map(({ library }) => library)]
    this.codesOf = indexValueSets(listValueSets(input.questionnaire, input.valueSets))
    this.patientId = input.patientId
    this.valueSets = this.declaredValueSets()
  }

  resolve(expression: Expression): Result<ResolvedName, Message> {
    const text = expression.expression ?? ''
    const name = parseCqlName(text)
    const named = name === undefined ? undefined : this.resolveIn(expression, name)
    if (named?.ok === true) return named
    const loose = name === undefined ? this.findLoosely(text) : undefined
    if (loose !== undefined) return ok(loose)
    const inline = this.inline.get(inlineKey(expression))
    if (inline?.library.fault === null) return ok(inline)
    if (text.trim() === '') return err(message('form.lookup.no-text', { library: expression.reference ?? '' }))
    if (inline !== undefined) return err(message(`form.lookup.cql-${inline.library.fault}`, { name: shorten(text) }))
    if (named !== undefined) return named
    const broken = this.main.find(({ fault }) => fault !== null)
    if (name !== undefined && broken !== undefined)
      return err(message(`form.lookup.cql-${broken.fault ?? 'malformed'}`, { name: broken.id }))
    return name === undefined
      ? err(message('form.lookup.cql-untranslated', { name: shorten(text) }))
      : err(message('form.lookup.cql-no-define', { name: shorten(text) }))
  }

  /** Expression.reference names the library of a bare define: no other has it (R4 Expression). */
  private resolveIn({ reference }: Expression, name: CqlName): Result<ResolvedName, Message> | undefined {
    if (typeof reference !== 'string' || name.library !== null) return resolveName(this.own, this.main, name)
    const library = findByCanonical(this.own, reference)
    if (library === undefined) return err(message('form.lookup.cql-no-library', { name: reference }))
    return resolveName([library], [library], { ...name, library: library.id })
  }

  private findLoosely(text: string): ResolvedName | undefined {
    for (const name of looseNames(text)) {
      const found = resolveName(this.own, this.main, name)
      if (found?.ok === true) return found.value
    }
    return undefined
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
    const searches = searchesOf(reach.retrieves, this)
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
      needsTranslation(expression)
        ? [{ key: inlineKey(expression), source: this.wrap(expression, `Inline${String(index + 1)}`) }]
        : [],
    )
    return [...libraries, ...inline].filter(isOpen)
  }

  private wrap(expression: Expression, name: string): string {
    const helpers = this.own.filter(({ id }) => id === 'FHIRHelpers')
    const includes = [...new Set([...helpers, ...this.main])]
    return wrapInline(expression.expression ?? '', name, this.fhirVersion(), includes)
  }

  private fhirVersion(): string {
    return usedFhirVersion(this.own)
  }

  private readInline(expression: Expression, name: string): void {
    const key = inlineKey(expression)
    if (readCompiled(expression) !== null) {
      const read = readInlineElm(expression, name, this.own)
      this.inline.set(key, read ?? { library: faulty(name, 'malformed'), define: INLINE_DEFINE })
      return
    }
    const translation = this.input.translations?.get(key)
    if (translation === undefined || !needsTranslation(expression)) return
    const wrong = faulty(name, translation === 'stopped' ? 'stopped' : 'untranslated')
    const isWhole = translation !== null && translation !== 'stopped' && translation.leftOut.length === 0
    const library = isWhole ? withElm(wrong, translation) : wrong
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

const faulty = (id: string, fault: CqlFault): CqlLibrary => ({
  id,
  version: null,
  name: null,
  url: null,
  elm: null,
  source: null,
  fault,
  leftOut: [],
})

function withElm(library: CqlLibrary, { elm: text, leftOut }: Translation): CqlLibrary {
  const elm: ElmLibrary | undefined = parseElm(text)
  if (elm === undefined || isMalformed(elm)) return { ...library, elm: null, source: null, fault: 'malformed' }
  return { ...library, version: elm.identifier.version ?? library.version, elm, source: null, fault: null, leftOut }
}

function translated(library: CqlLibrary, translations: Translations | undefined): CqlLibrary {
  const translation = library.source === null ? undefined : translations?.get(libraryKey(library))
  if (translation === 'stopped') return { ...library, fault: 'stopped' }
  return translation === undefined || translation === null ? library : withElm(library, translation)
}

/** The libraries that the form names (cqf-library); all of them where it names none that is there. */
function mainLibraries(questionnaire: Questionnaire, libraries: readonly CqlLibrary[]): readonly CqlLibrary[] {
  const named = [EXT.cqfLibrary, EXT.cqifLibrary]
    .flatMap((url) => readExtensions(questionnaire, url))
    .flatMap(({ valueCanonical, valueUri, valueReference }) => {
      const canonical = valueCanonical ?? valueUri ?? valueReference?.reference
      const found = canonical === undefined ? undefined : findByCanonical(libraries, canonical)
      return found === undefined ? [] : [found]
    })
  return named.length > 0 ? [...new Set(named)] : libraries
}
