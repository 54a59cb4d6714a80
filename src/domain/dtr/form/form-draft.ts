/**
 * One change of a form in the making: a private, mutable copy that remembers what was touched. `finish` gives the next
 * immutable state, which shares every item that was not touched.
 */
import type { QuestionnaireResponse, QuestionnaireResponseItem, Signature } from 'fhir/r4'
import type { FormMeta } from '../../contract/form.ts'
import { matchAnswers } from './answer-matching.ts'
import {
  childrenUnder,
  type Answer,
  type FormIssue,
  type FormState,
  type ItemView,
  type RepetitionContext,
} from './form-state.ts'
import { isRepeatingGroup, numberRepetition, plantOne, plantUnderAnswer, type Tree } from './form-tree.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { answerIndexBelow, answerPlace, childKey, ownerOf, parentKey, placeOf, type ItemKey } from '../item/item-key.ts'
import { buildPartialResponse, buildResponse, buildResponseItem } from './response-items.ts'
import { withoutSignatures, withSignature } from './signatures.ts'
import type { VariableMemo } from './scope.ts'
import type { Message } from '../../result.ts'

export class FormDraft {
  readonly state: FormState
  /** Time of this change, for origins of computed answers. */
  readonly at: string
  readonly items: Map<ItemKey, ItemView>
  readonly conditionOff: Set<ItemKey>
  /** Link ids whose answers changed or went in or out of the response since they were last taken. */
  private touched = new Set<string>()
  /** Items to check again when all is settled. */
  private readonly unchecked = new Set<ItemKey>()
  private readonly tree: Tree
  private roots: readonly ItemKey[]
  private byLinkId: Map<string, ItemKey[]> | null = null
  private responses = new Map<string | null, QuestionnaireResponse>()
  private contexts = new Map<string, QuestionnaireResponseItem | undefined>()
  private ofResponse: VariableMemo['ofResponse'] = new Map()
  /** What each repetition of a populated group stands for, under the name that its expressions use. */
  readonly repetitionContexts: Map<ItemKey, RepetitionContext>
  /** Conditions that could not be evaluated, by item. */
  private readonly faults: Map<ItemKey, Message>
  /** What expressions of an item could not tell, besides its condition. */
  private readonly notes: Map<ItemKey, readonly Message[]>
  /** Items that came into the form since they were last taken: enabled, or in a repetition that was added. */
  readonly entered = new Set<ItemKey>()
  base: QuestionnaireResponse
  formIssues: readonly FormIssue[]
  private uncomputed: ReadonlySet<string>
  /** How far the person came, where the form is answered in order. */
  reached: ItemKey | null
  /** Broken rules that are told at other items than their own, by rule. */
  readonly located: Map<string, readonly FormIssue[]>

  constructor(state: FormState, at: string) {
    this.state = state
    this.at = at
    this.items = new Map(state.items)
    this.conditionOff = new Set(state.conditionOff)
    this.tree = { items: this.items, carried: new Map(state.carried) }
    this.roots = state.roots
    this.repetitionContexts = new Map(state.repetitionContexts)
    this.faults = new Map(state.faults)
    this.notes = new Map(state.notes)
    this.base = state.base
    this.formIssues = state.formIssues
    this.uncomputed = state.uncomputed
    this.reached = state.reached
    this.located = new Map(state.located)
  }

  item(key: ItemKey): ItemView | undefined {
    return this.items.get(key)
  }

  definition(key: ItemKey): ItemDefinition | undefined {
    const item = this.items.get(key)
    return item === undefined ? undefined : this.state.model.definitions.get(item.linkId)
  }

  /** Keys of all occurrences of a link id. */
  keysOf(linkId: string): readonly ItemKey[] {
    if (this.byLinkId === null) {
      this.byLinkId = new Map()
      for (const { key, linkId: own } of this.items.values()) {
        const keys = this.byLinkId.get(own)
        if (keys === undefined) this.byLinkId.set(own, [key])
        else keys.push(key)
      }
    }
    return this.byLinkId.get(linkId) ?? []
  }

  /** Changes an item; one whose answers or enablement change is touched. */
  patch(key: ItemKey, change: Partial<ItemView>): void {
    const item = this.items.get(key)
    if (item === undefined) return
    this.items.set(key, { ...item, ...change })
    this.unchecked.add(key)
    const isAnswered = 'answers' in change && change.answers !== item.answers
    if (isAnswered) this.unsign(key)
    if (isAnswered && item.type !== 'group' && item.children.length > 0)
      this.placeUnderAnswers(item, change.answers ?? [])
    if (isAnswered || ('enabled' in change && change.enabled !== item.enabled)) this.touch(item.linkId)
  }

  faultOf(key: ItemKey): Message | null {
    return this.faults.get(key) ?? null
  }

  setFault(key: ItemKey, fault: Message | null): void {
    if (fault === null ? this.faults.delete(key) : this.faults.set(key, fault)) this.unchecked.add(key)
  }

  notesOf(key: ItemKey): readonly Message[] {
    return this.notes.get(key) ?? []
  }

  setNotes(key: ItemKey, notes: readonly Message[]): void {
    if (JSON.stringify(notes) === JSON.stringify(this.notesOf(key))) return
    if (notes.length === 0) this.notes.delete(key)
    else this.notes.set(key, notes)
    this.unchecked.add(key)
  }

  takeEntered(): readonly ItemKey[] {
    const taken = [...this.entered]
    this.entered.clear()
    return taken
  }

  touch(linkId: string): void {
    this.touched.add(linkId)
    this.responses = new Map()
    this.contexts = new Map()
    this.ofResponse = new Map()
  }

  /** Remembers what could not be computed from, for the time when an evaluator is there. */
  postpone(linkIds: ReadonlySet<string>): void {
    this.uncomputed = new Set([...this.uncomputed, ...linkIds])
  }

  takeTouched(): ReadonlySet<string> {
    const taken = this.touched
    this.touched = new Set()
    return taken
  }

  takeUnchecked(): readonly ItemKey[] {
    const taken = [...this.unchecked]
    this.unchecked.clear()
    return taken
  }

  /** The response as it stands, for %resource: the items with these link ids, or all; kept until an answer changes. */
  response(linkIds: readonly string[] | null): QuestionnaireResponse {
    const name = linkIds === null ? null : [...linkIds].sort().join('\n')
    const known = this.responses.get(name)
    if (known !== undefined) return known
    const keys = linkIds?.flatMap((linkId) => this.keysOf(linkId))
    const built = keys === undefined ? buildResponse(this, () => undefined) : buildPartialResponse(this, keys)
    this.responses.set(name, built)
    return built
  }

  /** The response item of an item, as one at or below it sees it, for %context; kept until an answer changes. */
  responseItem(key: ItemKey, seenFrom: ItemKey): QuestionnaireResponseItem | undefined {
    const name = key === seenFrom ? key : `${key}\n${String(answerIndexBelow(key, seenFrom))}`
    if (!this.contexts.has(name)) this.contexts.set(name, buildResponseItem(this, key, seenFrom))
    return this.contexts.get(name)
  }

  memo(): VariableMemo {
    return { ofResponse: this.ofResponse, constant: this.state.setting.constants }
  }

  /** Puts a signature on the form (null) or an item. */
  sign(key: ItemKey | null, signature: Signature): void {
    if (key === null) this.base = withSignature(this.base, signature)
    else {
      this.tree.carried.set(key, withSignature(this.tree.carried.get(key) ?? {}, signature))
      this.unchecked.add(key)
    }
  }

  /** Takes out the signatures that cover an item: the form's, its own, and those of the groups around it. */
  unsign(key: ItemKey): void {
    this.base = withoutSignatures(this.base)
    for (let at: ItemKey | null = key; at !== null; at = parentKey(at)) {
      const carried = this.tree.carried.get(at)
      const left = carried === undefined ? undefined : withoutSignatures(carried)
      if (left === undefined || left === carried) continue
      if (Object.keys(left).length === 0) this.tree.carried.delete(at)
      else this.tree.carried.set(at, left)
      this.unchecked.add(at)
    }
  }
  get rootKeys(): readonly ItemKey[] {
    return this.roots
  }
  get carried(): Tree['carried'] {
    return this.tree.carried
  }

  /** Adds an empty repetition at the end of a group's repetitions at one place. */
  appendRepetition(definition: ItemDefinition, place: ItemKey | null, meta: FormMeta): ItemKey {
    const siblings = this.repetitions(definition, place)
    const key = childKey(place, definition.linkId, siblings.length)
    plantOne(this.tree, definition, key, undefined, meta)
    this.replaceSiblings(definition, place, [...siblings, key])
    this.enterAll([key])
    return key
  }

  /** Keys of the repetitions of a group at one place, in order. */
  repetitions(definition: ItemDefinition, place: ItemKey | null): ItemKey[] {
    return this.keysAround(place).filter(
      (key) => placeOf(key) === place && this.items.get(key)?.linkId === definition.linkId,
    )
  }

  /** Takes a repetition out; those after it move up and are numbered anew. */
  removeRepetition(key: ItemKey): void {
    const definition = this.definition(key)
    if (definition === undefined || !isRepeatingGroup(definition)) return
    const place = placeOf(key)
    const siblings = this.repetitions(definition, place)
    const from = siblings.indexOf(key)
    this.unsign(key)
    this.dropAll([key])
    const moves = siblings
      .slice(from + 1)
      .map((old, offset): Move => [old, childKey(place, definition.linkId, from + offset)])
    this.renameAll(moves)
    this.replaceSiblings(definition, place, siblings.slice(0, -1))
    this.byLinkId = null
  }

  /** Lets what stands under each answer of a question go with it, where its answers are given anew (R4 answer.item). */
  private placeUnderAnswers(question: ItemView, after: readonly Answer[]): void {
    const definition = this.definition(question.key)
    const before = question.answers
    const matches = matchAnswers(question, before, after)
    const isAsBefore = matches.length === Math.max(1, before.length) && matches.every((from, index) => from === index)
    if (definition === undefined || isAsBefore) return
    const keysUnder = (index: number): readonly ItemKey[] => childrenUnder(question, index)
    const gone = Array.from({ length: Math.max(1, before.length) }, (_, index) => index).filter(
      (index) => !matches.includes(index),
    )
    this.dropAll(gone.flatMap(keysUnder))
    const places = matches.map((from, index) => ({ from, index, to: answerPlace(question.key, index) }))
    const moved = (old: ItemKey, to: ItemKey): ItemKey => to + old.slice(placeOf(old)?.length ?? 0)
    const moves = places.flatMap(({ from, index, to }) =>
      from === null || from === index ? [] : keysUnder(from).map((old): Move => [old, moved(old, to)]),
    )
    this.renameAll(moves)
    const added = places.flatMap(({ from, index }) =>
      from === null ? plantUnderAnswer(this.tree, definition, question.key, index, NO_META) : [],
    )
    const children = places.flatMap(({ from, index, to }) =>
      from === null
        ? added.filter((key) => answerIndexBelow(question.key, key) === index)
        : keysUnder(from).map((old) => moved(old, to)),
    )
    const item = this.items.get(question.key)
    if (item !== undefined) this.items.set(question.key, { ...item, children })
    this.enterAll(added, item?.enabled !== false)
    this.byLinkId = null
  }

  private keysAround(place: ItemKey | null): readonly ItemKey[] {
    return place === null ? this.roots : (this.items.get(ownerOf(place))?.children ?? [])
  }

  /** Items that were planted with all below them. */
  private enterAll(keys: readonly ItemKey[], enabled = true): void {
    for (const key of keys) {
      const item = this.items.get(key)
      if (item === undefined) continue
      if (!enabled) this.items.set(key, { ...item, enabled })
      this.unchecked.add(key)
      this.entered.add(key)
      this.touch(item.linkId)
      this.enterAll(item.children, enabled)
    }
    this.byLinkId = null
  }

  private dropAll(keys: readonly ItemKey[]): void {
    for (const key of keys) {
      const item = this.items.get(key)
      if (item === undefined) continue
      this.dropAll(item.children)
      this.touch(item.linkId)
      this.items.delete(key)
      for (const kept of this.byKey()) kept.delete(key)
    }
  }

  /** All that is kept of an item besides itself. */
  private byKey(): (Map<ItemKey, unknown> | Set<ItemKey>)[] {
    return [this.conditionOff, this.tree.carried, this.repetitionContexts, this.faults, this.notes, this.entered]
  }

  /** Gives items with all below them other keys, which may be those of one another. */
  private renameAll(moves: readonly Move[]): void {
    const renamed: { readonly from: ItemKey; readonly item: ItemView }[] = []
    const visit = (key: ItemKey, from: ItemKey, to: ItemKey): void => {
      const item = this.items.get(key)
      if (item === undefined) return
      const moved = (old: ItemKey): ItemKey => to + old.slice(from.length)
      const now = moved(key)
      renamed.push({
        from: key,
        item: {
          ...item,
          key: now,
          parent: parentKey(now),
          children: item.children.map(moved),
          issues: item.issues.map((issue) => ({ ...issue, itemKey: now })),
        },
      })
      item.children.forEach((child) => visit(child, from, to))
    }
    for (const [from, to] of moves) visit(from, from, to)
    const kept = this.byKey().map((of) => renamed.map(({ from }) => take(of, from)))
    for (const { from } of renamed) this.items.delete(from)
    renamed.forEach(({ item }, index) => {
      this.items.set(item.key, item)
      this.byKey().forEach((of, at) => put(of, item.key, kept[at]?.[index]))
      this.touch(item.linkId)
    })
  }

  private replaceSiblings(definition: ItemDefinition, place: ItemKey | null, keys: readonly ItemKey[]): void {
    const old = this.keysAround(place)
    const prefix = `${childKey(place, definition.linkId)}:`
    const mine = (key: ItemKey): boolean => key.startsWith(prefix) && placeOf(key) === place
    const at = old.findIndex(mine)
    const others = old.filter((key) => !mine(key))
    const next = [...others.slice(0, at), ...keys, ...others.slice(at)]
    if (place === null) this.roots = next
    else this.patch(ownerOf(place), { children: next })
    keys.forEach((key, index) => numberRepetition(this.items, key, definition, index, keys.length))
  }

  finish(): FormState {
    return {
      ...this.state,
      base: this.base,
      items: this.items,
      roots: this.roots,
      conditionOff: this.conditionOff,
      carried: this.tree.carried,
      repetitionContexts: this.repetitionContexts,
      faults: this.faults,
      notes: this.notes,
      formIssues: this.formIssues,
      uncomputed: this.uncomputed,
      reached: this.reached,
      located: this.located,
    }
  }
}

/** From which key to which. */
type Move = readonly [from: ItemKey, to: ItemKey]

const NO_META: FormMeta = { origins: {}, lookups: {}, cleared: [] }

/** Takes what is kept under a key; undefined for nothing. */
function take(of: Map<ItemKey, unknown> | Set<ItemKey>, key: ItemKey): unknown {
  const kept = of instanceof Map ? of.get(key) : of.has(key) || undefined
  of.delete(key)
  return kept
}

function put(of: Map<ItemKey, unknown> | Set<ItemKey>, key: ItemKey, kept: unknown): void {
  if (kept === undefined) return
  if (of instanceof Map) of.set(key, kept)
  else of.add(key)
}
