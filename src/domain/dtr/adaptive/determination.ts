/**
 * What a payer decides on an adaptive response: coverage-information at its root (dtr.md §4, §6). It belongs to the orders of
 * the response too; one coverage with one assertion id is one statement, and a newer one replaces it (spec-47).
 */
import type { Extension, QuestionnaireResponse } from 'fhir/r4'
import type { Order } from '../../context/order.ts'
import type { Determination } from '../../contract/form.ts'
import { listCoverageInformation, readCoverageInformation } from '../../crd/coverage-information.ts'
import { upcastCoverageInformation } from '../../crd/upcast.ts'
import { EXT } from '../../fhir/canonical.ts'
import { readExtensions } from '../../fhir/extension.ts'
import { isSameReference, referenceTo } from '../../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../../result.ts'

/** The determinations of a response, with the orders that it is about. */
export function readDeterminations(response: QuestionnaireResponse): Determination[] {
  const orders = readExtensions(response, EXT.qrContext).flatMap(
    ({ valueReference }) => valueReference?.reference ?? [],
  )
  return listDeterminations(response).map((extension) => {
    const said = readCoverageInformation(extension)
    return {
      covered: said.covered,
      paNeeded: said.paNeeded,
      docNeeded: [...said.docNeeded],
      satisfiedPaId: said.satisfiedPaId,
      assertionId: said.assertionId,
      date: said.date,
      expiryDate: said.expiryDate,
      reasons: said.reasons.flatMap(({ text, coding }) => text ?? coding?.[0]?.display ?? coding?.[0]?.code ?? []),
      questionnaires: [...said.questionnaires],
      orders: orders.filter((reference) => !/(^|\/)Coverage\//.test(reference)),
      flagged: null,
      accepted: null,
    }
  })
}

/** The extensions themselves, in the form of CRD 2.2.1. */
export function listDeterminations(response: Pick<QuestionnaireResponse, 'extension'>): Extension[] {
  return readExtensions(response, EXT.coverageInformation).map((one) => upcastCoverageInformation(one).extension)
}

/** The statements after newer ones came in: same coverage and same assertion id replaces, anything else is added. */
export function mergeDeterminations(before: readonly Extension[], newer: readonly Extension[]): Extension[] {
  return [...before.filter((old) => !isSaidAgain(old, newer)), ...newer]
}

/** Whether one of these is the same statement: same coverage, same assertion id (spec-47). */
function isSaidAgain(statement: Extension, others: readonly Extension[]): boolean {
  const said = readCoverageInformation(statement)
  return others.some((one) => {
    const other = readCoverageInformation(one)
    return (
      other.assertionId === said.assertionId && isSameReference(other.coverage ?? undefined, said.coverage ?? undefined)
    )
  })
}

/** What a person said of one determination. */
interface Said {
  readonly assertionId: string | null
  readonly by: string
  readonly at: string
}
export interface DeterminationFlag extends Said {
  readonly reason: string
}
export interface NumberAcceptance extends Said {
  readonly number: string
}

/** The determinations with what people said of them. A number that the payer has changed since is offered anew. */
export function withWords(
  determinations: readonly Determination[],
  flags: readonly DeterminationFlag[],
  acceptances: readonly NumberAcceptance[],
): Determination[] {
  return determinations.map((one) => {
    const flag = flags.find(({ assertionId }) => assertionId === one.assertionId)
    const acceptance = acceptances.find(
      ({ assertionId, number }) => assertionId === one.assertionId && number === one.satisfiedPaId,
    )
    return {
      ...one,
      flagged: flag === undefined ? null : { by: flag.by, at: flag.at, reason: flag.reason },
      accepted: acceptance === undefined ? null : { by: acceptance.by, at: acceptance.at },
    }
  })
}

/** What the payer decided on a response, for its orders: all that it said, and of that what holds. */
export interface OrderStatements {
  readonly orders: readonly string[]
  readonly said: readonly Extension[]
  readonly holding: readonly Extension[]
}

/**
 * Which statements of a response its orders may carry (spec-46): none that was flagged as not valid (spec-44), and one with a
 * number only once a person accepted that number (spec-41).
 */
export function readOrderStatements(
  response: QuestionnaireResponse,
  flags: readonly DeterminationFlag[],
  acceptances: readonly NumberAcceptance[],
): OrderStatements {
  const said = listDeterminations(response)
  const determinations = withWords(readDeterminations(response), flags, acceptances)
  const holds = ({ flagged, accepted, satisfiedPaId }: Determination): boolean =>
    flagged === null && (satisfiedPaId === null || accepted !== null)
  return {
    orders: determinations[0]?.orders ?? [],
    said,
    holding: said.filter((_, index) => determinations.slice(index, index + 1).some(holds)),
  }
}

/**
 * An order with what holds. A statement takes the place of the same one and gives it back where it holds no longer.
 * @param before what the order carried of the payer before the form; the order itself is that where it never carried more
 */
export function withOrderStatements<O extends Order>(
  order: O,
  { orders, said, holding }: OrderStatements,
  before: readonly Extension[] = listCoverageInformation(order),
): O {
  const isAbout = orders.some((reference) => isSameReference(reference, referenceTo(order)))
  if (!isAbout || said.length === 0) return order
  const untouched = (order.extension ?? []).filter(
    (one) => one.url !== EXT.coverageInformation || !isSaidAgain(one, said),
  )
  const givenBack = before.filter((one) => isSaidAgain(one, said) && !isSaidAgain(one, holding))
  const extension = [...untouched, ...givenBack, ...holding]
  const { extension: _extension, ...rest } = order
  return { ...(rest as O), ...(extension.length === 0 ? {} : { extension }) }
}

export type NumberRefused = Failure<
  'number-not-offered' | 'number-accepted' | 'determination-flagged' | 'determination-expired'
>

/**
 * Whether a person may accept this number now. The payer asks for consent by a question of its form that nothing marks
 * (spec-41), so whatever number it sends is an offer until a person accepts it here, as it was shown. Gives the determination
 * that offers it; fails where none does, where it was accepted already, flagged as not valid (spec-44), or is over on `today`.
 */
export function judgeAcceptance(
  determinations: readonly Determination[],
  asked: { readonly assertionId: string | null; readonly number: string },
  today: string,
): Result<Determination, NumberRefused> {
  const found = determinations.find(
    ({ assertionId, satisfiedPaId }) => assertionId === asked.assertionId && satisfiedPaId === asked.number,
  )
  if (found === undefined) return err({ reason: 'number-not-offered' })
  if (found.flagged !== null) return err({ reason: 'determination-flagged' })
  if (found.accepted !== null) return err({ reason: 'number-accepted' })
  // A date of a month or a year holds until that is over.
  const { expiryDate } = found
  if (expiryDate !== null && expiryDate < today.slice(0, expiryDate.length))
    return err({ reason: 'determination-expired' })
  return ok(found)
}

interface NumberedLine {
  readonly orderRef: string
  readonly status: string
  readonly authorizationNumber: string | null
}

/** What the payer has not decided yet: nothing was sent, or its answer is still to come. */
const UNDECIDED: ReadonlySet<string> = new Set(['none', 'pended'])

/** The lines of the determination's orders that have the number `from`, of those that the payer has not decided. */
export function listLinesOf<L extends NumberedLine>(
  { orders }: Pick<Determination, 'orders'>,
  lines: readonly L[],
  from: string | null,
): L[] {
  return lines.filter(
    ({ orderRef, status, authorizationNumber }) =>
      UNDECIDED.has(status) &&
      authorizationNumber === from &&
      orders.some((reference) => isSameReference(reference, orderRef)),
  )
}
