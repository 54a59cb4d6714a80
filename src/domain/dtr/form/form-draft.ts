/**
 * One change of a form in the making: a private, mutable copy that remembers what was touched. `finish` gives the next
 * immutable state, which shares every item that was not touched.
 */
import type { QuestionnaireResponse, Signature } from 'fhir/r4'
import type { FormMeta } from '../../contract/form.ts'
import type { FormIssue, FormState, ItemView, RepetitionContext } from './form-state.ts'
import { isRepeatingGroup, numberRepetition, plantOne, type Tree } from './form-tree.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import { childKey, isBelow, parentKey, type ItemKey } from '../item/item-key.ts'
import { buildPartialResponse, buildResponse } from './response-items.ts'
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

  /** Adds an empty repetition at the end of a group's repetitions under one parent. */
  appendRepetition(definition: ItemDefinition, parent: ItemKey | null, meta: FormMeta): ItemKey {
    const siblings = this.repetitions(definition, parent)
    const key = childKey(parent, definition.linkId, siblings.length)
    plantOne(this.tree, definition, key, parent, undefined, meta)
    this.replaceSiblings(definition, parent, [...siblings, key])
    for (const item of this.items.values()) if (item.key === key || isBelow(item.key, key)) this.enter(item)
    return key
  }

  /** Keys of the repetitions of a group under one parent, in order. */
  repetitions(definition: ItemDefinition, parent: ItemKey | null): ItemKey[] {
    const keys = parent === null ? this.roots : (this.items.get(parent)?.children ?? [])
    return keys.filter((key) => this.items.get(key)?.linkId === definition.linkId)
  }

  /** Takes a repetition out; those after it move up and are numbered anew. */
  removeRepetition(key: ItemKey): void {
    const item = this.items.get(key)
    const definition = this.definition(key)
    if (item === undefined || definition === undefined || !isRepeatingGroup(definition)) return
    const siblings = this.repetitions(definition, item.parent)
    const from = siblings.indexOf(key)
    this.unsign(key)
    this.dropBelow(key)
    siblings.slice(from + 1).forEach((old, offset) => {
      const renamed = childKey(item.parent, definition.linkId, from + offset)
      this.rename(old, renamed)
    })
    const kept = siblings.slice(0, -1)
    this.replaceSiblings(definition, item.parent, kept)
    this.byLinkId = null
  }

  private enter(item: ItemView): void {
    this.unchecked.add(item.key)
    this.entered.add(item.key)
    this.touch(item.linkId)
    this.byLinkId = null
  }

  private dropBelow(key: ItemKey): void {
    for (const known of [...this.items.keys()]) {
      if (known !== key && !isBelow(known, key)) continue
      this.touch(this.items.get(known)?.linkId ?? '')
      this.items.delete(known)
      this.conditionOff.delete(known)
      this.tree.carried.delete(known)
    }
  }

  private rename(from: ItemKey, to: ItemKey): void {
    const moved = (key: ItemKey): ItemKey => (key === from || isBelow(key, from) ? to + key.slice(from.length) : key)
    for (const item of [...this.items.values()]) {
      if (moved(item.key) === item.key) continue
      this.items.delete(item.key)
      const issues = item.issues.map((issue) => ({ ...issue, itemKey: moved(item.key) }))
      this.items.set(moved(item.key), {
        ...item,
        key: moved(item.key),
        parent: item.parent === null ? null : moved(item.parent),
        children: item.children.map(moved),
        issues,
      })
      if (this.conditionOff.delete(item.key)) this.conditionOff.add(moved(item.key))
      const carried = this.tree.carried.get(item.key)
      if (carried !== undefined && this.tree.carried.delete(item.key)) this.tree.carried.set(moved(item.key), carried)
      this.touch(item.linkId)
    }
  }

  private replaceSiblings(definition: ItemDefinition, parent: ItemKey | null, keys: readonly ItemKey[]): void {
    const old = parent === null ? this.roots : (this.items.get(parent)?.children ?? [])
    const mine = (key: ItemKey): boolean => {
      const [last = ''] = key.split('/').slice(-1)
      return last.startsWith(`${childKey(null, definition.linkId)}:`)
    }
    const at = old.findIndex(mine)
    const others = old.filter((key) => !mine(key))
    const next = [...others.slice(0, at), ...keys, ...others.slice(at)]
    if (parent === null) this.roots = next
    else this.patch(parent, { children: next })
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
