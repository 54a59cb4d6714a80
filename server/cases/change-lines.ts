/** The lines of a case as a change finds them: what the payer has, and what the chart says of their orders now. */
import type { ChangeView, LineFacts } from '#domain/contract/change.ts'
import type { Order } from '#domain/context/order.ts'
import { isSameReference, referenceTo } from '#domain/fhir/reference.ts'
import type { HcpcsUnits, RequestLine } from '#domain/pas/request-lines.ts'
import { message } from '#domain/result.ts'
import { mayChangeLine } from '#domain/tracking/case-actions.ts'
import type { LineRow } from '../store/repositories/lines.ts'
import type { CaseContext } from './case-record.ts'
import { lineView } from './case-view.ts'
import type { FormForReview, OrderGroupForCase } from './ports.ts'
import { requestLines } from './request.ts'

/** The orders of the group as the chart has them, as lines without a sequence of their own. */
export function currentLines(
  context: CaseContext,
  group: OrderGroupForCase | null,
  form: FormForReview | null,
  units: HcpcsUnits,
): RequestLine[] {
  if (group === null) return []
  const known = [...group.known, ...context.known]
  return requestLines({ ...context, orders: group.orders, known }, form, units)
}

/** The present version of an order: the chart's, else the one that was sent. */
export function presentOrder(
  context: CaseContext,
  group: OrderGroupForCase | null,
  reference: string,
): Order | undefined {
  const of = (orders: readonly Order[]): Order | undefined =>
    orders.find((order) => isSameReference(referenceTo(order), reference))
  return of(group?.orders ?? []) ?? of(context.orders)
}

const factsOfRequest = ({ code, quantity, start, end }: RequestLine): LineFacts => ({
  code,
  asked: quantity,
  start,
  end,
})

function differs(row: LineRow, now: LineFacts): boolean {
  const isOther = (kept: string | null, said: string | null): boolean => said !== null && said !== kept
  return (
    isOther(row.code, now.code) ||
    isOther(row.asked, now.asked?.value ?? null) ||
    isOther(row.startsOn, now.start) ||
    isOther(row.endsOn, now.end)
  )
}

/** The case's lines, each with what its order says now where that is something else. */
export function changeableLines(rows: readonly LineRow[], now: readonly RequestLine[]): ChangeView['lines'] {
  return rows.map((row) => {
    const order = now.find(({ orderRef }) => isSameReference(orderRef, row.orderRef))
    const facts = order === undefined || order.problems.length > 0 ? null : factsOfRequest(order)
    const changeable = mayChangeLine(row.status)
    return { ...lineView(row), changeable, order: facts !== null && changeable && differs(row, facts) ? facts : null }
  })
}

/** Orders that no line of the case asks for yet. */
export function addableOrders(rows: readonly LineRow[], now: readonly RequestLine[]): ChangeView['orders'] {
  return now
    .filter(({ orderRef }) => !rows.some((row) => isSameReference(row.orderRef, orderRef)))
    .map((line) => ({
      ...factsOfRequest(line),
      orderRef: line.orderRef,
      title: line.title,
      problem:
        line.problems[0] === undefined
          ? null
          : message(`problem.line.${line.problems[0]}`, { line: line.sequence, title: line.title }),
    }))
}
