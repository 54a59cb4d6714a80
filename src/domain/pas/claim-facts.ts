/**
 * Facts about the whole request that forms state, found by code and never by link id: conditions, home health, nursing home,
 * accident. Any payer's form may carry them: an answer in an X12 code list says which fact it is. Pure.
 */
import type { Address, Coding, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'

export interface ClaimFacts {
  /** CRC: X12 1321 with its category (X12 1136). */
  readonly conditions: readonly { readonly category: Coding; readonly codes: readonly Coding[] }[]
  /** CR6: X12 923, from that day on. */
  readonly homeHealth: { readonly prognosis: Coding; readonly date: string } | null
  /** X12 1337 and 1345. */
  readonly nursingHome: { readonly levelOfCare: Coding | null; readonly residentialStatus: Coding | null }
  /** UM05: X12 1362, the day, and the state where it happened. */
  readonly accident: { readonly type: Coding; readonly date: string; readonly location: Address | null } | null
}

export const NO_FACTS: ClaimFacts = {
  conditions: [],
  homeHealth: null,
  nursingHome: { levelOfCare: null, residentialStatus: null },
  accident: null,
}

/** Items that are answered together: siblings of one group, which belong to each other. */
function* groups(items: readonly QuestionnaireResponseItem[] | undefined): Generator<QuestionnaireResponseItem[]> {
  if (items === undefined) return
  yield [...items]
  for (const item of items) {
    yield* groups(item.item)
    for (const answer of item.answer ?? []) yield* groups(answer.item)
  }
}

const answersOf = (items: readonly QuestionnaireResponseItem[]) => items.flatMap(({ answer }) => answer ?? [])
const codingsIn = (items: readonly QuestionnaireResponseItem[], system: string): Coding[] =>
  answersOf(items).flatMap(({ valueCoding }) =>
    valueCoding?.system === system && valueCoding.code !== undefined ? [valueCoding] : [],
  )
const dateIn = (items: readonly QuestionnaireResponseItem[]): string | undefined =>
  answersOf(items).find(({ valueDate }) => valueDate?.length === 10)?.valueDate

/** A code of the list with a date answered beside it. */
function dated(all: readonly QuestionnaireResponseItem[][], system: string) {
  for (const items of all) {
    const [code] = codingsIn(items, system)
    const date = dateIn(items)
    if (code !== undefined && date !== undefined) return { code, date, items }
  }
  return undefined
}

/** The facts that these responses state. */
export function readClaimFacts(responses: readonly QuestionnaireResponse[]): ClaimFacts {
  const all = responses.flatMap((response) => [...groups(response.item)])
  const first = (system: string): Coding | null => all.flatMap((items) => codingsIn(items, system))[0] ?? null
  const prognosis = dated(all, SYSTEM.x12Prognosis)
  const cause = dated(all, SYSTEM.x12RelatedCause)
  const state = cause === undefined ? undefined : codingsIn(cause.items, SYSTEM.usps)[0]?.code
  return {
    conditions: all.flatMap((items) => {
      const [category] = codingsIn(items, SYSTEM.x12ConditionCategory)
      const codes = codingsIn(items, SYSTEM.x12ConditionCode)
      return category === undefined || codes.length === 0 ? [] : [{ category, codes }]
    }),
    homeHealth: prognosis === undefined ? null : { prognosis: prognosis.code, date: prognosis.date },
    nursingHome: {
      levelOfCare: first(SYSTEM.x12LevelOfCare),
      residentialStatus: first(SYSTEM.x12ResidentialStatus),
    },
    accident:
      cause === undefined
        ? null
        : { type: cause.code, date: cause.date, location: state === undefined ? null : { state, country: 'US' } },
  }
}
