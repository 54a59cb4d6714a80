/**
 * Our own answers: every line A4 when the payer gave none in time (pas.md §6.3), and an error when a pended request comes to
 * nothing. Each carries our address as source: it is the intermediary's word, never shown as the payer's.
 */
import type {
  Bundle,
  ClaimResponse,
  ClaimResponseError,
  ClaimResponseItem,
  Extension,
  FhirResource,
  Reference,
} from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { readExtensions } from '../fhir/extension.ts'
import { listReferences, resolveInBundle } from '../fhir/reference.ts'
import { readPasRequest } from './pas-request.ts'
import type { PasError } from './pas-response.ts'

/** What each of our own answers carries. */
interface AnsweredBy {
  /** Our base URL: `meta.source` of the ClaimResponse. */
  readonly source: string
  readonly createdAt: string
  readonly bundleIdentifier: { readonly system: string; readonly value: string }
  /** UUID v4 of the ClaimResponse. */
  readonly claimResponseId: string
}

export interface PendedBy extends AnsweredBy {
  /** The sentence for the processNote; it goes to technical staff. */
  readonly note: string
}

function pendItem(sequence: number, traces: readonly { valueIdentifier?: unknown }[]): ClaimResponseItem {
  return {
    ...(traces.length > 0 ? { extension: traces as ClaimResponseItem['extension'] & object } : {}),
    itemSequence: sequence,
    noteNumber: [1],
    adjudication: [
      {
        extension: [
          {
            url: EXT.reviewAction,
            extension: [
              {
                url: EXT.reviewActionCode,
                valueCodeableConcept: { coding: [{ system: SYSTEM.x12ReviewAction, code: 'A4' }] },
              },
            ],
          },
        ],
        category: { coding: [{ system: SYSTEM.adjudication, code: 'submitted' }] },
      },
    ],
  }
}

type Entries = NonNullable<Bundle<FhirResource>['entry']>

/** The parties that the answer points to, echoed with the request's own fullUrl, and whatever they point to. */
function echo(request: Bundle<FhirResource>, references: readonly (Reference | undefined)[]): Entries {
  const found: Entries = []
  const add = (literal: string | undefined): void => {
    const target = resolveInBundle(request, literal)
    const entry = request.entry?.find(({ resource }) => resource !== undefined && resource === target)
    if (entry === undefined || found.includes(entry)) return
    found.push(entry)
    for (const { reference } of listReferences(entry.resource, '')) add(reference)
  }
  references.forEach((reference) => add(reference?.reference))
  return found
}

function respond(
  request: Bundle<FhirResource>,
  by: AnsweredBy,
  said: Pick<ClaimResponse, 'outcome' | 'item' | 'error' | 'processNote'>,
): Bundle<FhirResource> | undefined {
  const read = readPasRequest(request)
  if (read === undefined) return undefined
  const { claim } = read
  const { item, ...rest } = said
  const claimResponse: ClaimResponse = {
    resourceType: 'ClaimResponse',
    id: by.claimResponseId,
    meta: { profile: [PROFILE.pasClaimResponse], source: by.source },
    status: 'active',
    type: claim.type,
    use: 'preauthorization',
    patient: claim.patient,
    created: by.createdAt,
    insurer: claim.insurer ?? {},
    requestor: claim.provider,
    request: {
      reference: read.claimFullUrl,
      ...(claim.identifier?.[0] === undefined ? {} : { identifier: claim.identifier[0] }),
    },
    ...rest,
    ...(item === undefined ? {} : { item }),
  }
  return {
    resourceType: 'Bundle',
    meta: { profile: [PROFILE.pasResponseBundle] },
    identifier: by.bundleIdentifier,
    type: 'collection',
    timestamp: by.createdAt,
    entry: [
      { fullUrl: `urn:uuid:${by.claimResponseId}`, resource: claimResponse },
      ...echo(request, [claim.patient, claim.insurer, claim.provider]),
    ],
  }
}

/** Builds the pended PAS response Bundle; undefined where the request is not one. */
export function buildPendedResponse(request: Bundle<FhirResource>, by: PendedBy): Bundle<FhirResource> | undefined {
  const items = readPasRequest(request)?.claim.item ?? []
  return respond(request, by, {
    outcome: 'complete',
    item: items.map((item) => pendItem(item.sequence, readExtensions(item, EXT.itemTraceNumber))),
    processNote: [{ number: 1, text: by.note }],
  })
}

export interface RefusedBy extends AnsweredBy {
  /** `refused`: the payer did not process it. `not-sent`: it could not be reached. */
  readonly reason: 'refused' | 'not-sent'
  /** What the payer said. */
  readonly errors: readonly PasError[]
}

/** AAA03 and AAA04 (pas.md §7): input errors, correct it; unable to respond now, it may be sent again. */
const REJECTION = { refused: ['33', 'C'], 'not-sent': ['42', 'R'] } as const

/**
 * Builds the PAS response Bundle with outcome `error` of a request that comes to nothing after it was pended; undefined where
 * the request is not one.
 */
export function buildErrorResponse(request: Bundle<FhirResource>, by: RefusedBy): Bundle<FhirResource> | undefined {
  const [code, followUp] = REJECTION[by.reason]
  const said = by.errors.length > 0 ? by.errors : [null]
  const notes: NonNullable<ClaimResponse['processNote']> = []
  const error = said.map((one): ClaimResponseError => {
    const extension: Extension[] = [
      {
        url: EXT.errorFollowupAction,
        valueCodeableConcept: { coding: [{ system: SYSTEM.x12FollowupAction, code: followUp }] },
      },
    ]
    if (one?.text) {
      const number = notes.push({ number: notes.length + 1, text: one.text })
      extension.push({ url: EXT.errorElement, extension: [{ url: 'processNote', valuePositiveInt: number }] })
    }
    if (one?.path) extension.push({ url: EXT.errorPath, valueString: one.path })
    return { extension, code: { coding: [{ system: SYSTEM.x12RejectReason, code }] } }
  })
  return respond(request, by, { outcome: 'error', error, ...(notes.length > 0 ? { processNote: notes } : {}) })
}
