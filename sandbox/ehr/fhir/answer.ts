/** What the FHIR server answers, as a value: status, headers, and a resource or an OperationOutcome. */
import { buildOperationOutcome, type OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import type { StoredResource } from '../resource.ts'

export interface FhirAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null for an answer without a body. */
  readonly body: object | null
}

export function answer(
  status: number,
  body: object | null,
  headers: Readonly<Record<string, string>> = {},
): FhirAnswer {
  return { status, headers, body }
}

/** A resource with the version that `If-Match` will name (R4 http §3.1.0.1.3). */
export function answerVersioned(
  status: number,
  resource: StoredResource,
  headers: Readonly<Record<string, string>> = {},
): FhirAnswer {
  return answer(status, resource, {
    ...headers,
    etag: toEtag(resource),
    'last-modified': new Date(resource.meta.lastUpdated).toUTCString(),
  })
}

export const toEtag = (resource: StoredResource): string => `W/"${resource.meta.versionId}"`

/** A refusal with one fault. */
export function refuse(status: number, code: OutcomeIssue['code'], text: string): FhirAnswer {
  return refuseAll(status, [{ severity: 'error', code, text }])
}

/** A refusal with every fault. */
export function refuseAll(status: number, issues: readonly [OutcomeIssue, ...OutcomeIssue[]]): FhirAnswer {
  return answer(status, buildOperationOutcome(issues))
}
