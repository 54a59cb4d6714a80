/**
 * The tables that belong together for one generation of guides: what is given later wins, as packages do. Records are read
 * when first asked for, so that a set is ready in milliseconds. Pure: gets the text of the tables.
 */
import { compileProfile, type Profile } from './definition.ts'
import {
  LINE,
  type CodeSystemFacts,
  type InvariantFacts,
  type ProfileFacts,
  type TableSource,
  type ValueSetFacts,
} from './table.ts'
import { Terminology } from './terminology.ts'

interface TableRecord {
  readonly table: Table
  readonly text: string
  readonly from: number
  readonly to: number
}

interface Table {
  readonly invariants: () => readonly InvariantFacts[]
}

export class ProfileSet {
  readonly sources: TableSource[] = []
  readonly terminology: Terminology
  private readonly records = new Map<string, TableRecord>()
  private readonly profiles = new Map<string, Profile | undefined>()
  private readonly types = new Map<string, Profile>()

  /** Takes the tables' texts, the base of the standard first. */
  constructor(tables: readonly string[]) {
    for (const text of tables) this.index(text)
    this.terminology = new Terminology(
      (url) => this.read<ValueSetFacts>(LINE.valueSet, url)?.facts,
      (url) => this.read<CodeSystemFacts>(LINE.codeSystem, url)?.facts,
    )
  }

  private index(text: string): void {
    let invariants: readonly InvariantFacts[] | undefined
    let place: readonly [number, number] = [0, 0]
    const table: Table = {
      invariants: () => (invariants ??= JSON.parse(text.slice(...place)) as readonly InvariantFacts[]),
    }
    for (let from = 0; from < text.length;) {
      const end = text.indexOf('\n', from)
      const to = end < 0 ? text.length : end
      const kind = text.charAt(from)
      const tab = text.indexOf('\t', from + 2)
      if (kind === LINE.source) this.sources.push(JSON.parse(text.slice(tab + 1, to)) as TableSource)
      else if (kind === LINE.invariant) place = [tab + 1, to]
      else if (tab > 0) this.records.set(text.slice(from, tab), { table, text, from: tab + 1, to })
      from = to + 1
    }
  }

  private read<T>(kind: string, url: string): { facts: T; table: Table } | undefined {
    const record = this.records.get(`${kind}\t${url}`)
    if (record === undefined) return undefined
    return { facts: JSON.parse(record.text.slice(record.from, record.to)) as T, table: record.table }
  }

  /** A profile, compiled when first asked for; a version in the canonical is not looked at. */
  profile(canonical: string): Profile | undefined {
    const known = this.profiles.get(canonical)
    if (known !== undefined || this.profiles.has(canonical)) return known
    const found = this.read<ProfileFacts>(LINE.profile, canonical.replace(/\|.*$/, ''))
    const profile = found === undefined ? undefined : compileProfile(found.facts, found.table.invariants())
    // Canonicals come from outside without end; those that are known are few.
    if (profile !== undefined || this.profiles.size < 10_000) this.profiles.set(canonical, profile)
    return profile
  }

  /** The definition of a type of the standard. */
  type(name: string): Profile | undefined {
    const known = this.types.get(name)
    if (known !== undefined) return known
    const found = this.profile(name.includes('/') ? name : `http://hl7.org/fhir/StructureDefinition/${name}`)
    if (found !== undefined) this.types.set(name, found)
    return found
  }

  /** The invariants of all tables. */
  invariants(): InvariantFacts[] {
    return [...new Set([...this.records.values()].map(({ table }) => table))].flatMap((table) => [
      ...table.invariants(),
    ])
  }

  /** Every expression that the tables ask for. */
  expressions(): string[] {
    return [...new Set(this.invariants().map(([, , expression]) => expression))]
  }

  /** Every profile's canonical. */
  canonicals(): string[] {
    return [...this.records.keys()].flatMap((key) => (key.startsWith(`${LINE.profile}\t`) ? [key.slice(2)] : []))
  }
}
