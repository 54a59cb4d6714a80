/** What this room needs of its neighbours; `server/dependencies.ts` gives them. */
import type { ClockView } from '#domain/contract/common.ts'
import type { Order } from '#domain/context/order.ts'
import type { PayerConfig } from '../config.ts'
import type { LaunchContext } from '../context.ts'

export type LineOfBusiness = PayerConfig['plans'][number]['lineOfBusiness']

/** Clocks that would bind a request for these orders: limits without a start (domain/tracking). */
export type ClocksPort = (input: {
  readonly lineOfBusiness: LineOfBusiness | null
  readonly orders: readonly Order[]
}) => ClockView[]

/** How far a case's form is filled: read from what is stored, never computed while the screen waits. */
export type FormProgressPort = (
  launch: LaunchContext,
  caseId: string,
) => Promise<{
  readonly prefill: { readonly answered: number; readonly total: number } | null
  readonly estimatedTime: string | null
}>

/** Reports what happened outside a request: a reason and ids, never PHI. */
export type ReportPort = (
  event: string,
  details: Readonly<Record<string, string | number | null>>,
  error?: unknown,
) => void
