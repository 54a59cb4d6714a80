/** Codes against their code system and the value sets that are required of them. Pure. */
import type { Definition } from './definition.ts'
import { isJson, type Json } from './path/item.ts'
import { isHeldAbsolute } from './primitive.ts'
import { ALL_LANGUAGES, LANGUAGES, type Membership } from './terminology.ts'
import type { Run, Walk } from './walk.ts'

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** The official validator judges a language here and there, by a list of fifty (docs/profiles.md). */
const LANGUAGE_UNKNOWN = 'Precert_Language_Unknown'
const unknownIn = (system: string): string =>
  system === LANGUAGES ? LANGUAGE_UNKNOWN : 'Terminology_PassThrough_TX_Message'

/** Judges whether a coding's code is one of its system's; a coding alone more strictly (docs/profiles.md). */
function checkSystem(walk: Walk, run: Run, coding: Json, type: string): void {
  const [system, code] = [text(coding['system']), text(coding['code'])]
  if (system === undefined) return
  const id = type === 'Coding' ? 'Precert_Coding_Unknown' : unknownIn(system)
  if (code === undefined) {
    if (type !== 'CodeableConcept' || !walk.set.terminology.isComplete(system)) return
    return walk.report(run, 'error', id, `no code of ${system}`)
  }
  if (walk.set.terminology.inSystem(system, code) === 'out')
    walk.report(run, 'error', id, `unknown code ${system}#${code}`)
}

/** A coding without a system is in no set; a code alone takes the system of the set. */
function membership(walk: Walk, set: string, coding: Json, isCode: boolean): Membership {
  const [system, code] = [text(coding['system']), text(coding['code'])]
  if (code === undefined || code === '' || (system === undefined && !isCode)) return 'out'
  return walk.set.terminology.inSet(set, system, code)
}

const idOf = (code: string, isMax: boolean): string => {
  if (isMax) return code === 'CodeableConcept' ? 'Terminology_TX_NoValid_7' : 'Terminology_TX_NoValid_8'
  if (code === 'CodeableConcept') return 'Terminology_TX_NoValid_1_CC'
  return code === 'Coding' || code === 'Quantity' ? 'Terminology_TX_NoValid_4' : 'Terminology_TX_NoValid_16'
}

/** Judges a code, Coding, CodeableConcept or Quantity by its definition's binding, and its codes by their systems. */
export function checkCoded(walk: Walk, run: Run, definition: Definition, code: string, value: unknown): void {
  const { bind } = definition.facts
  if (code === 'Quantity') {
    if (!isJson(value) || (value['system'] === undefined && value['code'] === undefined)) return
    checkSystemIsAbsolute(walk, run, value, code)
    if (definition.profile.isCore) checkSystem(walk, run, value, code)
  } else if (isJson(value) && definition.profile.isCore) {
    const codings = code === 'Coding' ? [value] : list(value['coding']).filter(isJson)
    // The codings of a concept are judged with the concept.
    const isPart = code === 'Coding' && run.trail.holderType === 'CodeableConcept'
    if (code === 'Coding' && !isPart) checkSystemIsAbsolute(walk, run, value, code)
    if (!isPart) for (const coding of codings) checkSystem(walk, run, coding, code)
  }
  // A unit outside a largest set passes with the official validator: a chart's own units (TABLET) are of no system that it has.
  const set = bind?.required ?? (code === 'Quantity' ? undefined : bind?.max)
  if (set !== undefined) checkSet(walk, run, definition, code, value, set)
  for (const further of bind?.also ?? []) checkSet(walk, run, definition, code, value, further)
}

function checkSet(walk: Walk, run: Run, definition: Definition, code: string, value: unknown, set: string): void {
  const isMax = set === definition.facts.bind?.max
  if (!walk.set.terminology.knowsSet(set)) return checkImplied(walk, run, definition, set, value)
  const codings =
    code === 'CodeableConcept' && isJson(value)
      ? list(value['coding']).filter(isJson)
      : [isJson(value) ? value : { code: value }]
  if (code === 'CodeableConcept' && codings.length === 0) {
    if (!isMax)
      walk.report(run, 'error', 'Terminology_TX_Code_ValueSet', `${definition.path}: a code of ${set} is required`)
    return
  }
  if (codings.every((coding) => membership(walk, set, coding, !isJson(value)) === 'out')) {
    const id = set === ALL_LANGUAGES ? LANGUAGE_UNKNOWN : idOf(code, isMax)
    walk.report(run, 'error', id, `${definition.path}: not in ${set}`)
  }
}

/** A value set that no table has, of which the guide's text tells the system. */
function checkImplied(walk: Walk, run: Run, definition: Definition, set: string, value: unknown): void {
  const implied = walk.options.impliedSet?.(set)
  if (implied === undefined || !isJson(value)) return
  const codings = value['coding'] === undefined ? [value] : list(value['coding']).filter(isJson)
  const isIn = ({ system, code }: Json): boolean =>
    system === implied.system && (implied.codes === undefined || implied.codes.includes(String(code)))
  if (codings.every((coding) => coding['code'] === undefined) || codings.some(isIn)) return
  walk.report(run, 'error', 'Terminology_TX_Implied_System', `${definition.path}: a code of ${implied.system}`)
}

function checkSystemIsAbsolute(walk: Walk, run: Run, { system }: Json, type: string): void {
  const id = type === 'Coding' ? 'Precert_Coding_System_Relative' : 'Terminology_TX_System_Relative'
  const url = text(system)
  const isAbsolute = type === 'Coding' ? /^[a-z][a-z0-9+.-]*:/i.test(url ?? '') : isHeldAbsolute(url ?? '')
  if (url !== undefined && !isAbsolute) walk.report(run, 'error', id, 'the system of a code must be absolute')
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
