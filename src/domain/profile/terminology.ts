/**
 * Whether codes are in value sets and code systems, from the tables' codes alone. What no table knows (CPT, SNOMED CT, X12)
 * cannot be judged and passes, as with the official validator offline. Pure.
 */
import { isCurrency } from './currencies.ts'
import { isLanguage } from './languages.ts'
import type { CodeSystemFacts, IncludeFacts, ValueSetFacts } from './table.ts'
import { isUcumUnit } from './ucum.ts'
import { setElsewhere } from './value-sets-elsewhere.ts'

/** in: a member; out: none; unknown: no table can tell. */
export type Membership = 'in' | 'out' | 'unknown'

interface System {
  readonly has: (code: string) => boolean
  readonly isComplete: boolean
}

export interface CodingLike {
  readonly system?: unknown
  readonly code?: unknown
}

/** The system of language tags, and the set of all of them. */
export const LANGUAGES = 'urn:ietf:bcp:47'
export const ALL_LANGUAGES = 'http://hl7.org/fhir/ValueSet/all-languages'

/** Of the United States' postal service: states, territories, armed forces. */
const STATES = new Set(
  (
    'AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT NC ND NE NH ' +
    'NJ NM NV NY OH OK OR PA PR PW RI SC SD TN TX UM UT VA VI VT WA WI WV WY'
  ).split(' '),
)
/** Systems that no table lists: those with a grammar, and those that their owners do not publish as FHIR. */
const GRAMMARS: ReadonlyMap<string, (code: string) => boolean> = new Map([
  [LANGUAGES, isLanguage],
  ['urn:iso:std:iso:4217', isCurrency],
  ['http://unitsofmeasure.org', isUcumUnit],
  ['https://www.usps.com/', (code: string) => STATES.has(code)],
])

export class Terminology {
  private readonly systems = new Map<string, System | undefined>()
  private readonly sets = new Map<string, ValueSetFacts | undefined>()
  private readonly answers = new Map<string, Map<string, Membership>>()
  private readonly readSet: (url: string) => ValueSetFacts | undefined
  private readonly readSystem: (url: string) => CodeSystemFacts | undefined

  constructor(
    readSet: (url: string) => ValueSetFacts | undefined,
    readSystem: (url: string) => CodeSystemFacts | undefined,
  ) {
    this.readSet = readSet
    this.readSystem = readSystem
  }

  private system(url: string): System | undefined {
    if (this.systems.has(url)) return this.systems.get(url)
    const facts = this.readSystem(url)
    const codes = new Set(facts?.ignoresCase === 1 ? facts.codes.map((code) => code.toLowerCase()) : facts?.codes)
    const system =
      facts === undefined || facts.codes.length === 0
        ? undefined
        : {
            has: (code: string) => codes.has(facts.ignoresCase === 1 ? code.toLowerCase() : code),
            isComplete: facts.content === 'complete',
          }
    this.systems.set(url, system)
    return system
  }

  private set(url: string): ValueSetFacts | undefined {
    if (!this.sets.has(url)) this.sets.set(url, this.readSet(url) ?? setElsewhere(url))
    return this.sets.get(url)
  }

  /** Whether a system has a code. */
  inSystem(system: string, code: string): Membership {
    const grammar = GRAMMARS.get(system)
    if (grammar !== undefined) return grammar(code) ? 'in' : 'out'
    const known = this.system(system)
    if (known === undefined) return 'unknown'
    return known.has(code) ? 'in' : known.isComplete ? 'out' : 'unknown'
  }

  /** Whether a value set has a code of a system; without a system the code alone counts, as for a `code`. */
  inSet(url: string, system: string | undefined, code: string): Membership {
    let known = this.answers.get(url)
    if (known === undefined) this.answers.set(url, (known = new Map()))
    const key = `${system ?? ''}|${code}`
    const found = known.get(key)
    if (found !== undefined) return found
    const answer = this.look(url, system, code)
    // Codes come from outside without end.
    if (known.size > 2_000) known.clear()
    known.set(key, answer)
    return answer
  }

  private look(url: string, system: string | undefined, code: string): Membership {
    const set = this.set(url)
    if (set === undefined) return 'unknown'
    const excluded = (set.exclude ?? []).some((one) => this.inInclude(one, system, code) === 'in')
    if (excluded) return 'out'
    let answer: Membership = 'out'
    for (const include of set.include) {
      const one = this.inInclude(include, system, code)
      if (one === 'in') return 'in'
      if (one === 'unknown') answer = 'unknown'
    }
    return answer
  }

  private inInclude(include: IncludeFacts, system: string | undefined, code: string): Membership {
    let answer: Membership = 'in'
    if (include.system !== undefined) {
      if (system !== undefined && system !== include.system) return 'out'
      if (include.codes !== undefined) answer = include.codes.includes(code) ? 'in' : 'out'
      else if (include.filtered === 1) answer = 'unknown'
      else answer = this.inSystem(include.system, code)
    }
    for (const set of include.sets ?? []) {
      if (answer === 'out') return 'out'
      const one = this.inSet(set, system, code)
      if (one !== 'in') answer = one
    }
    return answer
  }

  knowsSet(url: string): boolean {
    return this.set(url) !== undefined
  }

  /** Whether every code of a system is known. */
  isComplete(url: string): boolean {
    return this.system(url)?.isComplete === true
  }
}
