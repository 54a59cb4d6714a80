/**
 * Who a form wants to be answered by (SDC performerType: resource types). Of somebody whose type is not known nothing is
 * known: they are let in, and the form says who it asks for.
 */
import type { FormFacts } from './form-facts.ts'
import { listItems, type FormState, type ItemView } from './form-state.ts'

/** A practitioner acts in a role: either answers for the other. */
const SAME: Readonly<Record<string, string>> = { PractitionerRole: 'Practitioner' }
const plain = (type: string): string => SAME[type] ?? type

/** The resource type that a reference names; null where it names none. */
export function typeOfReference(reference: string | null): string | null {
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec((reference ?? '').split('/_history/')[0] ?? '')?.[1] ?? null
}

/** Whether a person may answer the form: refused only to one who is known to be somebody else. */
export function mayPerform({ performerTypes }: Pick<FormFacts, 'performerTypes'>, reference: string | null): boolean {
  const type = typeOfReference(reference)
  if (performerTypes.length === 0 || type === null) return true
  return performerTypes.map(plain).includes(plain(type))
}

/** Answers given by somebody whom the form does not ask, or of whom it is not known: to be looked at before signing. */
export function listForeignAnswers(state: FormState): ItemView[] {
  const { performerTypes } = state.model.facts
  if (performerTypes.length === 0) return []
  return listItems(state).filter(({ enabled, answers, origin }) => {
    if (!enabled || answers.length === 0 || origin === null || origin.author === null) return false
    const type = typeOfReference(origin.author.reference)
    return type === null || !mayPerform(state.model.facts, origin.author.reference)
  })
}
