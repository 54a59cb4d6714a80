/**
 * What a PAS 2.0.1 ClaimResponse says otherwise (spec pas.md §13): what is granted stands in the line itself, there is no
 * addItem; a pended request is `queued`; an error names its element in one string; nobody says who reviewed it. The answer to
 * an update may leave out the lines that it does not change, and is marked as a part then.
 */
import type { Bundle, ClaimResponse, Extension, FhirResource } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import type { PasRequest } from './pas-request.ts'
import { buildDetail, buildItem, buildNotes, findItem, type ResponseFrame } from './response-lines.ts'
import type { LineVerdict, MemberFault, Verdict } from './verdict.ts'

type Content = Pick<ClaimResponse, 'extension' | 'outcome' | 'item' | 'processNote' | 'error'>

/** The verdict in the words of 2.0.1. */
export function buildOlderContent(request: PasRequest, verdict: Verdict, frame: ResponseFrame): Content {
  if (verdict.kind === 'rejected') return { outcome: 'error', ...buildError(verdict.fault) }
  const notes = [...new Set(verdict.lines.flatMap((line) => line.notes))]
  return {
    ...(verdict.kind === 'pended'
      ? { extension: [{ url: EXT.administrationReferenceNumber, valueString: frame.trackingNumber }] }
      : {}),
    outcome: readOutcome(verdict.lines),
    item: verdict.lines.map((line) =>
      buildItem(findItem(request, line), line, notes, frame, (asked) =>
        buildDetail(asked, line.allowed === undefined ? undefined : { ...asked.quantity, value: line.allowed }),
      ),
    ),
    ...buildNotes(notes),
  }
}

function readOutcome(lines: readonly LineVerdict[]): ClaimResponse['outcome'] {
  const pended = lines.filter(({ action }) => action === 'A4').length
  return pended === 0 ? 'complete' : pended === lines.length ? 'queued' : 'partial'
}

function buildError(fault: MemberFault): Pick<ClaimResponse, 'error' | 'processNote'> {
  const followUp: Extension = {
    url: EXT.errorFollowupAction,
    valueCodeableConcept: { coding: [{ system: SYSTEM.x12FollowupAction, code: fault.followUp }] },
  }
  return {
    error: [
      {
        extension: [
          followUp,
          { url: EXT.errorElement, valueString: fault.element },
          { url: EXT.errorPath, valueString: fault.path },
        ],
        code: { coding: [{ system: SYSTEM.x12RejectReason, code: fault.code }] },
      },
    ],
    ...buildNotes([fault.note]),
  }
}

const PART = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }

/** The answer to an update without the lines that the update says nothing of; whole where it speaks of all. */
export function toPartialAnswer(answer: Bundle<FhirResource>, { claim }: PasRequest): Bundle<FhirResource> {
  const changed = new Set(
    (claim.item ?? [])
      .filter(({ extension }) => extension?.some(({ url }) => url === EXT.infoChanged) === true)
      .map(({ sequence }) => sequence),
  )
  const [first, ...others] = answer.entry ?? []
  const response = first?.resource
  if (response?.resourceType !== 'ClaimResponse' || response.item === undefined) return answer
  const item = response.item.filter(({ itemSequence }) => changed.has(itemSequence))
  if (item.length === 0 || item.length === response.item.length) return answer
  const part = { ...response, meta: { ...response.meta, tag: [PART] }, item }
  return { ...answer, entry: [{ ...first, resource: part }, ...others] }
}
