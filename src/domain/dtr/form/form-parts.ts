/**
 * Which part of a form an item belongs to (DTR 2.2 questionnaireAudience). A form for one audience is all theirs. In a mixed
 * one the clinical and the patient's questions come first, then a display item says that this part is done (spec-22, 39).
 */
import type { FormPart } from '../../contract/form.ts'
import type { ItemDefinition } from '../item/item-definition.ts'
import type { FormModel } from './form-model.ts'

/** Gives the part of each item; null where the form does not tell its parts apart. */
export function readParts({
  facts,
  roots,
}: Pick<FormModel, 'facts' | 'roots'>): (at: ItemDefinition) => FormPart | null {
  const [first, ...others] = new Set<FormPart>(facts.audience)
  if (first === undefined) return () => null
  if (others.length === 0) return () => first
  if (!facts.audience.includes('admin')) return () => null
  const [only] = roots
  const row = roots.length === 1 && only !== undefined ? only.children : roots
  const borders = row.filter(
    (item, index) => endsPart(item, row.slice(0, index).some(isAsked)) && row.slice(index + 1).some(isAsked),
  )
  const [border] = borders
  // Several borders between questions: which of them ends the clinical part is not said.
  if (border === undefined || borders.length > 1) return () => null
  const before = new Set(row.slice(0, row.indexOf(border) + 1))
  const earlier = facts.audience.includes('clinical') ? 'clinical' : 'patient'
  return (definition) => {
    if (definition === border && border.type === 'display') return null
    for (let at: ItemDefinition | null = definition; at !== null; at = at.parent)
      if (row.includes(at)) return before.has(at) ? earlier : 'admin'
    return null
  }
}

/** A display item that is nobody's help, behind questions: among the sections, or the last thing in one of them. */
function endsPart({ type, hidden, control, children }: ItemDefinition, isBehindQuestions: boolean): boolean {
  if (hidden) return false
  if (type === 'display') return isBehindQuestions && control === null
  const last = children.findLast((child) => !child.hidden)
  const earlier = children.slice(0, last === undefined ? 0 : children.indexOf(last))
  return type === 'group' && last !== undefined && endsPart(last, isBehindQuestions || earlier.some(isAsked))
}

function isAsked({ type, children }: ItemDefinition): boolean {
  return (type !== 'display' && type !== 'group') || children.some(isAsked)
}
