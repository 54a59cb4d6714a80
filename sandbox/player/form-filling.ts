/**
 * What a person does in the questionnaire, on the wire format of the form API: confirms the clinician-scored answers and
 * gives the answers that no chart can give. It knows link ids and FHIR; the form engine it has no part of.
 */
import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4'
import { EXT } from '../../src/domain/fhir/canonical.ts'

/** The parts of `GET …/form` that the player touches. */
export interface Form {
  readonly version: number
  readonly status: string
  readonly questionnaire: Questionnaire
  readonly response: QuestionnaireResponse
  readonly meta: FormMeta
  /** All forms of the case, this one too. */
  readonly forms: readonly { readonly formId: string; readonly status: string; readonly adaptive: boolean }[]
}

export interface FormMeta {
  readonly origins: Readonly<Record<string, Origin>>
  readonly lookups: Readonly<Record<string, unknown>>
  readonly cleared: readonly string[]
}

interface Origin {
  readonly confirmation: { readonly confirmedAt: string | null; readonly by: string | null } | null
  readonly [name: string]: unknown
}

export interface Person {
  readonly reference: string
  readonly name: string
}

export type PlainAnswer = string | number | boolean

/** The form as it is to be saved: everything that waits for confirmation confirmed, and these answers given by item key. */
export function fillForm(
  form: Form,
  answers: Readonly<Record<string, PlainAnswer>>,
  person: Person,
  at: string,
): Pick<Form, 'version' | 'response' | 'meta'> {
  const origins = Object.entries(form.meta.origins).map(([key, origin]) => [key, confirm(origin, person, at)] as const)
  const given = Object.keys(answers).map((key) => [key, manualOrigin(person, at)] as const)
  const response = Object.entries(answers).reduce(
    (filled, [key, value]) => answer(filled, form.questionnaire, key.split('/'), value, person),
    form.response,
  )
  return {
    version: form.version,
    response,
    meta: { ...form.meta, origins: Object.fromEntries([...origins, ...given]) },
  }
}

function confirm(origin: Origin, person: Person, at: string): Origin {
  if (origin.confirmation === null || origin.confirmation.confirmedAt !== null) return origin
  return { ...origin, confirmation: { confirmedAt: at, by: person.name } }
}

function manualOrigin(person: Person, at: string): Origin {
  return {
    source: 'manual',
    kind: 'person',
    author: { reference: person.reference, name: person.name },
    at,
    evidence: [],
    inputs: [],
    foundBy: null,
    suggested: null,
    confirmation: null,
  }
}

type Container = Pick<QuestionnaireResponseItem, 'item'>

/** The same tree with one answer in it; groups on the way are made where they are missing, in the form's order. */
function answer<T extends Container>(
  container: T,
  definition: Pick<QuestionnaireItem, 'item'>,
  [part = '', ...rest]: readonly string[],
  value: PlainAnswer,
  person: Person,
): T {
  const [linkId = '', occurrence] = part.split(':')
  const child = definition.item?.find((item) => item.linkId === linkId)
  if (child === undefined) throw new Error(`The form has no item ${part}`)
  const items = container.item ?? []
  const existing = items.filter((item) => item.linkId === linkId)[Number(occurrence ?? 0)]
  const before: QuestionnaireResponseItem = existing ?? {
    linkId,
    ...(child.text === undefined ? {} : { text: child.text }),
  }
  const after =
    rest.length === 0
      ? { ...before, answer: [buildAnswer(child, value, person)] }
      : answer(before, child, rest, value, person)
  const item = existing === undefined ? [...items, after] : items.map((one) => (one === existing ? after : one))
  const order = (definition.item ?? []).map((one) => one.linkId)
  return { ...container, item: item.toSorted((a, b) => order.indexOf(a.linkId) - order.indexOf(b.linkId)) }
}

/** An answer in the item's own type, with its origin: entered by this person (DTR information-origin). */
function buildAnswer(item: QuestionnaireItem, value: PlainAnswer, person: Person): QuestionnaireResponseItemAnswer {
  const origin = {
    url: EXT.informationOrigin,
    extension: [
      { url: 'source', valueCode: 'manual' },
      { url: 'author', extension: [{ url: 'practitioner', valueReference: { reference: person.reference } }] },
    ],
  }
  return { extension: [origin], ...buildValue(item, value) }
}

function buildValue(item: QuestionnaireItem, value: PlainAnswer): QuestionnaireResponseItemAnswer {
  switch (item.type) {
    case 'choice':
    case 'open-choice': {
      const coding = item.answerOption?.find((option) => option.valueCoding?.code === value)?.valueCoding
      if (coding === undefined) throw new Error(`${item.linkId} has no option ${String(value)}`)
      return { valueCoding: coding }
    }
    case 'boolean':
      return { valueBoolean: value === true }
    case 'integer':
      return { valueInteger: Number(value) }
    case 'decimal':
      return { valueDecimal: Number(value) }
    case 'date':
      return { valueDate: String(value) }
    default:
      return { valueString: String(value) }
  }
}
