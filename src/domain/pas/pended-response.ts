/**
 * Our own answer when the payer gave none in time: every line A4 (pas.md §6.3). It says in a note that the payer has not
 * answered, and carries our address as source: it is the intermediary's word, never shown as the payer's.
 */
import type { Bundle, ClaimResponse, ClaimResponseItem, FhirResource, Reference } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { readExtensions } from '../fhir/extension.ts'
import { listReferences, resolveInBundle } from '../fhir/reference.ts'
import { readPasRequest } from './pas-request.ts'

export interface PendedBy {
  /** Our base URL: `meta.source` of the ClaimResponse. */
  readonly source: string
  /** The sentence for the processNote; it goes to technical staff. */
  readonly note: string
  readonly createdAt: string
  readonly bundleIdentifier: { readonly system: string; readonly value: string }
  /** UUID v4 of the ClaimResponse. */
  readonly claimResponseId: string
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

/** Builds the pended PAS response Bundle; undefined where the request is not one. */
export function buildPendedResponse(request: Bundle<FhirResource>, by: PendedBy): Bundle<FhirResource> | undefined {
  const read = readPasRequest(request)
  if (read === undefined) return undefined
  const { claim } = read
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
    outcome: 'complete',
    item: (claim.item ?? []).map((item) => pendItem(item.sequence, readExtensions(item, EXT.itemTraceNumber))),
    processNote: [{ number: 1, text: by.note }],
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
