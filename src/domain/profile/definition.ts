/** A profile's facts made ready for walking: children by their JSON names, slices, invariants compiled. Pure. */
import { compileInvariant, type Invariant } from './invariants.ts'
import { choiceType, isPrimitiveType } from './path/item.ts'
import { jsonTypeOf } from './primitive.ts'
import type { ElementFacts, InvariantFacts, ProfileFacts, SlicingFacts, TypeFacts } from './table.ts'

/** A child by its JSON name, and the type that the name says. */
export interface Child {
  readonly definition: Definition
  readonly type: TypeFacts | undefined
  /** The type that a choice's name says, allowed or not. */
  readonly named: string | undefined
  /** The type's code; empty where an element repeats another one. */
  readonly code: string
  readonly isPrimitive: boolean
  /** Whether the format of its type is all that is asked of the value: most values are done with at a glance. */
  readonly isFormatOnly: boolean
  readonly jsonType: ReturnType<typeof jsonTypeOf>
  /** Where what stands beside the value is. */
  readonly besideName: string
}

function childOf(definition: Definition, type: TypeFacts | undefined, jsonName: string, named?: string): Child {
  const code = named ?? type?.code ?? ''
  const isPrimitive = isPrimitiveType(code)
  return {
    definition,
    type,
    named,
    code,
    isPrimitive,
    isFormatOnly: isPrimitive && type !== undefined && asksForFormatOnly(definition),
    jsonType: jsonTypeOf(code),
    besideName: `_${jsonName}`,
  }
}

/** A single value of the standard's own definition, without fixed value, code, limit, slice or invariant. */
function asksForFormatOnly({ profile, max, facts, slices, invariants }: Definition): boolean {
  const { fixed, pattern, bind, maxLength, range } = facts
  return (
    profile.isCore &&
    max === 1 &&
    slices.length === 0 &&
    invariants.length === 0 &&
    [fixed, pattern, bind, maxLength, range].every((one) => one === undefined)
  )
}

export interface Profile {
  readonly facts: ProfileFacts
  readonly url: string
  readonly type: string
  /** Whether this is the standard's own definition of a type. */
  readonly isCore: boolean
  readonly isPrimitive: boolean
  readonly root: Definition
  /** Canonical with version, for messages. */
  readonly label: string
}

const EXTENSION: ElementFacts = { n: 'extension', t: ['Extension'] }
const ID: ElementFacts = { n: 'id', max: 1, t: ['string'] }

const typeFacts = (type: string | TypeFacts): TypeFacts => (typeof type === 'string' ? { code: type } : type)

const BASE = 'http://hl7.org/fhir/StructureDefinition/'

/** Whether the standard's definition, along which every resource is walked too, runs this invariant. */
const isOfBase = ([id]: InvariantFacts, { isCore, type }: Profile): boolean =>
  !isCore && [type, 'DomainResource', 'Resource'].some((name) => id.startsWith(`${BASE}${name}#`))

/** No value, code, limit, invariant or choice of type, and a type that the standard's definition walks anyway. */
function addsNothing({ n, fixed, pattern, bind, maxLength, range, inv, slicing, t }: ElementFacts): boolean {
  if (n.endsWith('[x]') || slicing?.rules === 'closed') return false
  if ([fixed, pattern, bind, maxLength, range, inv].some((one) => one !== undefined)) return false
  return (t ?? []).every((type) =>
    typeof type === 'string'
      ? type !== 'BackboneElement'
      : type.profiles === undefined &&
        type.modes === undefined &&
        (type.targets ?? []).every((url) => url.startsWith(BASE)),
  )
}

/** One element of a profile: its own facts and what is below it, made ready when first asked for. */
export class Definition {
  readonly facts: ElementFacts
  readonly profile: Profile
  /** Element path from the type: `Claim.item.category`. */
  readonly path: string
  readonly name: string
  readonly isChoice: boolean
  readonly min: number
  readonly max: number
  readonly types: readonly TypeFacts[]
  readonly slices: readonly Definition[]
  readonly slicing: SlicingFacts | undefined
  /** Cached by the walker: how a slice is told. */
  matcher?: unknown
  /** Place among the counted children of its owner; -1 where it is none of them. */
  countedAt = -1
  private list: readonly Definition[] | undefined
  private countedList: readonly Definition[] | undefined
  private invariantList: readonly Invariant[] | undefined
  /** Whether a profile says nothing of the value here that the standard does not say: its own definition sees it. */
  readonly isPlain: boolean
  private readonly byName = new Map<string, Child | undefined>()
  private taken: Child | undefined
  private readonly invariantFacts: readonly InvariantFacts[]

  constructor(facts: ElementFacts, owner: string, profile: Profile, invariants: readonly InvariantFacts[]) {
    this.facts = facts
    this.profile = profile
    this.invariantFacts = invariants
    this.path = owner === '' ? facts.n : `${owner}.${facts.n}`
    this.isChoice = facts.n.endsWith('[x]')
    this.name = this.isChoice ? facts.n.slice(0, -3) : facts.n
    this.min = facts.min ?? 0
    this.max = facts.max ?? Infinity
    this.types = (facts.t ?? []).map(typeFacts)
    this.slicing = facts.slicing
    this.isPlain =
      !profile.isCore &&
      facts.ch === undefined &&
      facts.same === undefined &&
      facts.slices === undefined &&
      addsNothing(facts)
    this.slices = (facts.slices ?? []).map((slice) => new Definition(slice, owner, profile, invariants))
  }

  /** The definition that this one repeats (`Claim.item.detail`). */
  private get repeated(): Definition | undefined {
    return this.facts.same === undefined ? undefined : findByPath(this.profile.root, this.facts.same)
  }

  /** Its own; those of the element that it repeats. */
  get invariants(): readonly Invariant[] {
    this.invariantList ??= [
      ...(this.repeated?.invariants ?? []),
      ...(this.facts.inv ?? []).flatMap((at) => {
        const one = this.invariantFacts[at]
        return one === undefined || isOfBase(one, this.profile) ? [] : [compileInvariant(one)]
      }),
    ]
    return this.invariantList
  }

  /** In the order of the table; empty where the type alone says what is below. */
  get children(): readonly Definition[] {
    this.list ??= this.repeated?.children ?? this.ownChildren()
    return this.list
  }

  private ownChildren(): readonly Definition[] {
    const { ch } = this.facts
    const isRoot = this === this.profile.root
    if (ch === undefined && !(isRoot && !this.profile.isPrimitive)) return []
    const own = ch ?? []
    const has = (name: string): boolean => own.some(({ n }) => n === name)
    const all = [...(has('id') ? [] : [ID]), ...(has('extension') ? [] : [EXTENSION]), ...own]
    return all.map((facts) => new Definition(facts, this.path, this.profile, this.invariantFacts))
  }

  /** The children whose number can be wrong: JSON has a name once, so a single one of the standard is not among them. */
  get counted(): readonly Definition[] {
    if (this.countedList === undefined) {
      this.countedList = this.children.filter(
        ({ min, max, isChoice, slices }) =>
          min > 0 || slices.length > 0 || (max < Infinity && (isChoice || max !== 1 || !this.profile.isCore)),
      )
      this.countedList.forEach((child, at) => (child.countedAt = at))
    }
    return this.countedList
  }

  /** This slice as the child that was found by its name: of the slice's own type where it names one. */
  as(child: Child): Child {
    if (this.taken?.code !== child.code || this.taken.named !== child.named)
      this.taken = childOf(
        this,
        this.types.find(({ code }) => code === child.code) ?? child.type,
        child.besideName.slice(1),
        child.named,
      )
    return this.taken
  }

  child(jsonName: string): Child | undefined {
    const known = this.byName.get(jsonName)
    if (known !== undefined || this.byName.has(jsonName)) return known
    const found = this.findChild(jsonName)
    // Names come from outside without end; the real ones are few.
    if (this.byName.size < 200) this.byName.set(jsonName, found)
    return found
  }

  private findChild(jsonName: string): Child | undefined {
    for (const definition of this.children) {
      if (!definition.isChoice) {
        if (definition.name === jsonName) return childOf(definition, definition.types[0], jsonName)
        continue
      }
      const named = choiceType(jsonName, definition.name)
      if (named === undefined) continue
      return childOf(
        definition,
        definition.types.find(({ code }) => code === named),
        jsonName,
        named,
      )
    }
    return undefined
  }
}

function findByPath(root: Definition, path: string): Definition | undefined {
  let at: Definition | undefined = root
  for (const name of path.split('.').slice(1)) at = at?.children.find(({ facts }) => facts.n === name)
  return at
}

/** Makes a profile ready. Children are made when first walked. */
export function compileProfile(facts: ProfileFacts, invariants: readonly InvariantFacts[]): Profile {
  let root: Definition | undefined
  const profile: Profile = {
    facts,
    url: facts.url,
    type: facts.type,
    isCore: facts.url === `http://hl7.org/fhir/StructureDefinition/${facts.type}`,
    isPrimitive: isPrimitiveType(facts.type),
    label: facts.version === undefined ? facts.url : `${facts.url}|${facts.version}`,
    get root(): Definition {
      return (root ??= new Definition(facts.root, '', profile, invariants))
    },
  }
  return profile
}
