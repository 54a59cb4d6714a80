/**
 * A finished response as it travels (profile DTR-QRBundle): the response first (dtrb-2), then every resource that a reference
 * answer points to and that is not contained; one level only.
 */
import type { Bundle, FhirResource, QuestionnaireResponse } from 'fhir/r4'
import { PROFILE } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { listResponseItems } from './response-answers.ts'

export interface ResponseBundleInput {
  readonly response: QuestionnaireResponse
  /** Resources that are at hand, e.g. the case's evidence. */
  readonly known: readonly FhirResource[]
  readonly at: string
  /** Absolute base that relative references are under. */
  readonly base: string
  readonly newUuid: () => string
}

/** References of the answers, contained ones left out, each once. */
export function listAnswerReferences(response: QuestionnaireResponse): string[] {
  const references = listResponseItems(response.item)
    .flatMap(({ answer }) => answer ?? [])
    .flatMap(({ valueReference }) => valueReference?.reference ?? [])
    .filter((reference) => !reference.startsWith('#'))
  return [...new Set(references)]
}

/** Builds the Bundle; fails, naming it, where a resource that an answer points to is not at hand. */
export function buildResponseBundle(input: ResponseBundleInput): Result<Bundle, Failure<'reference-missing'>> {
  const base = input.base.replace(/\/+$/, '')
  const found: FhirResource[] = []
  for (const reference of listAnswerReferences(input.response)) {
    const resource = input.known.find((one) => isSameReference(referenceTo(one), reference))
    if (resource === undefined) return err({ reason: 'reference-missing', params: { reference } })
    found.push(resource)
  }
  const fullUrl = (resource: FhirResource): string =>
    resource.id === undefined ? `urn:uuid:${input.newUuid()}` : `${base}/${resource.resourceType}/${resource.id}`
  return ok({
    resourceType: 'Bundle',
    meta: { profile: [PROFILE.dtrResponseBundle] },
    type: 'collection',
    timestamp: input.at,
    entry: [input.response, ...found].map((resource) => ({ fullUrl: fullUrl(resource), resource })),
  })
}
