/** The lines of an answer, in what both versions of PAS share. */
import type { ClaimItem, ClaimResponse, ClaimResponseItem, Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtensions } from '../../src/domain/fhir/extension.ts'
import { addToDate, dateIn } from '../../src/domain/time.ts'
import type { PasRequest } from './pas-request.ts'
import type { PasVersion } from './pas-version.ts'
import type { LineVerdict } from './verdict.ts'

/** Who answers, when, and under which numbers. */
export interface ResponseFrame {
  readonly version: PasVersion
  readonly fhirBase: string
  readonly receiverId: string
  readonly now: string
  /** The payer's own id of the request: keeps its ClaimResponse one and the same from pend to decision. */
  readonly requestId: string
  readonly newId: () => string
  /** Certification number of the request; lines append their sequence. */
  readonly authorizationNumber: string
  /** Tracking number while pended. */
  readonly trackingNumber: string
  /** How long a certification runs at most. */
  readonly maxMonths: number
}

const TIME_ZONE = 'America/New_York'

/** The line that was asked for. */
export function findItem({ claim }: PasRequest, line: LineVerdict): ClaimItem | undefined {
  return claim.item?.find((item) => item.sequence === line.sequence)
}

/** Issue date of a decision; the period of a certification; the date asked for, on requested items only. */
export function buildDates(
  asked: ClaimItem | undefined,
  line: LineVerdict,
  frame: ResponseFrame,
  granted = asked,
): Extension[] {
  const issued = dateIn(frame.now, TIME_ZONE)
  const start = granted?.servicedPeriod?.start ?? granted?.servicedDate ?? issued
  const longest = addToDate(start, { months: frame.maxMonths })
  const asking = granted?.servicedPeriod?.end
  const end = asking === undefined || (longest !== undefined && longest < asking) ? longest : asking
  return [
    ...(line.action === 'A4' ? [] : [{ url: EXT.itemPreAuthIssueDate, valueDate: issued }]),
    ...(isCertified(line)
      ? [{ url: EXT.itemPreAuthPeriod, valuePeriod: { start, ...(end === undefined ? {} : { end }) } }]
      : []),
    ...(asked?.servicedPeriod === undefined
      ? []
      : [{ url: EXT.itemRequestedServiceDate, valuePeriod: asked.servicedPeriod }]),
    ...(asked?.servicedDate === undefined
      ? []
      : [{ url: EXT.itemRequestedServiceDate, valueDateTime: asked.servicedDate }]),
  ]
}

/** The decision on a line. */
export function buildAdjudication(
  line: LineVerdict,
  frame: ResponseFrame,
): NonNullable<ClaimResponseItem['adjudication']>[number] {
  const number = lineNumber(line, frame)
  const code = { coding: [{ system: SYSTEM.x12ReviewAction, code: line.action }] }
  const reviewAction: Extension = {
    url: EXT.reviewAction,
    extension: [
      ...(number === null ? [] : [{ url: 'number', valueString: number }]),
      ...line.reasons.map((reason) => ({
        url: 'reasonCode',
        valueCodeableConcept: { coding: [{ system: SYSTEM.x12DecisionReason, code: reason }] },
      })),
      { url: EXT.reviewActionCode, valueCodeableConcept: code },
    ],
  }
  return { extension: [reviewAction], category: { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] } }
}

/** Certified, wholly, partly or in another way than it was asked for. */
export const isCertified = ({ action }: LineVerdict): boolean => ['A1', 'A2', 'A6'].includes(action)

/** What is granted differs from what was asked for. */
export const isChanged = ({ action }: LineVerdict): boolean => action === 'A2' || action === 'A6'

/** The line's certification number. */
export function lineNumber(line: LineVerdict, frame: ResponseFrame): string | null {
  return isCertified(line) ? `${frame.authorizationNumber}-${line.sequence}` : null
}

/** A line of the answer; `detail` is what its version of PAS says of a line that is granted otherwise than asked for. */
export function buildItem(
  asked: ClaimItem | undefined,
  line: LineVerdict,
  notes: readonly string[],
  frame: ResponseFrame,
  detail: (asked: ClaimItem) => Extension,
): ClaimResponseItem {
  const noteNumber = line.notes.map((note) => notes.indexOf(note) + 1)
  return {
    extension: [
      ...readExtensions(asked, EXT.itemTraceNumber),
      ...buildDates(asked, line, frame),
      // The package of 2.0.1 allows it at the root alone.
      ...(line.action === 'A4' && frame.version === '2.2.1'
        ? [{ url: EXT.administrationReferenceNumber, valueString: frame.trackingNumber }]
        : []),
      ...(isChanged(line) && asked !== undefined ? [detail(asked)] : []),
    ],
    itemSequence: line.sequence,
    ...(noteNumber.length === 0 ? {} : { noteNumber }),
    adjudication: [buildAdjudication(line, frame)],
  }
}

/** Code, modifiers and quantity of a line as an `itemAuthorizedDetail`. */
export function buildDetail(asked: ClaimItem, quantity = asked.quantity): Extension {
  return {
    url: EXT.itemAuthorizedDetail,
    extension: [
      { url: 'productOrServiceCode', valueCodeableConcept: asked.productOrService },
      ...(asked.modifier ?? []).map((modifier) => ({ url: 'modifier', valueCodeableConcept: modifier })),
      ...(quantity === undefined ? [] : [{ url: 'quantity', valueQuantity: quantity }]),
    ],
  }
}

/** The payer's words, each once and numbered. */
export function buildNotes(notes: readonly string[]): Pick<ClaimResponse, 'processNote'> {
  return notes.length === 0 ? {} : { processNote: notes.map((text, index) => ({ number: index + 1, text })) }
}
