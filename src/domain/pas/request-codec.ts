/**
 * Requests and inquiries between PAS 2.0.1 and 2.2.1 (pas.md §13). Upcasting invents nothing: what 2.2.1 asks for and 2.0.1
 * does not say stays unsaid. Pure; the argument is never changed.
 */
import type {
  Bundle,
  Claim,
  ClaimItem,
  ClaimRelated,
  ClaimSupportingInfo,
  CodeableConcept,
  Coding,
  Encounter,
  Extension,
  FhirResource,
  MedicationRequest,
  QuestionnaireResponse,
  Reference,
} from 'fhir/r4'
import { downcastCoverageInformation } from '../crd/downcast.ts'
import { downcastResponse } from '../dtr/response/downcast-response.ts'
import { EXT, PROFILE, SYSTEM } from '../fhir/canonical.ts'
import { resolveInBundle } from '../fhir/reference.ts'
import { omit } from './profile-parts.ts'
import type { PasLoss, Recoded } from './version-losses.ts'

const REVENUE = {
  '2.0.1': 'https://www.nubc.org/revenue-code',
  '2.2.1': 'https://www.nubc.org/CodeSystem/RevenueCodes',
}
/** The text of 2.0.1 calls the relationship so; the code system, which knows `prior` alone, does not have it. */
const REPLACES = 'replaces'
/** An inquiry by number or patient has no line; 2.0.1 wants one all the same, and `not-applicable` is no code (spec-43). */
const NO_ITEM: ClaimItem = {
  sequence: 1,
  productOrService: { coding: [{ system: SYSTEM.dataAbsentReason, code: 'not-applicable' }] },
}
const NUMBERS: readonly string[] = [EXT.authorizationNumber, EXT.administrationReferenceNumber]
const US_CORE_DOCUMENT = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference'
const PRIOR = { system: SYSTEM.relatedClaim, code: 'prior' }

type Version = keyof typeof REVENUE

/** Codings of one code system under its other address, or codes under their other name. */
function recode(concept: CodeableConcept, change: (coding: Coding) => Partial<Coding>): CodeableConcept {
  return {
    ...concept,
    ...(concept.coding === undefined ? {} : { coding: concept.coding.map((c) => ({ ...c, ...change(c) })) }),
  }
}

const recodeRevenue = (item: ClaimItem, to: Version): ClaimItem =>
  item.revenue === undefined
    ? item
    : {
        ...item,
        revenue: recode(item.revenue, ({ system }) =>
          Object.values(REVENUE).includes(system ?? '') ? { system: REVENUE[to] } : {},
        ),
      }

/** 2.0.1 gets both: the word of its text, and the code that its validators know. */
function recodeRelationship(related: ClaimRelated, to: Version): ClaimRelated {
  const coding = related.relationship?.coding
  if (coding === undefined || !coding.some(({ code }) => code === REPLACES || code === PRIOR.code)) return related
  const others = coding.filter(({ code }) => code !== REPLACES && code !== PRIOR.code)
  const named = to === '2.0.1' ? [{ code: REPLACES }, PRIOR] : [PRIOR]
  return { ...related, relationship: { ...related.relationship, coding: [...named, ...others] } }
}

function recodeClaim(claim: Claim, to: Version): Claim {
  return {
    ...claim,
    ...(claim.item === undefined ? {} : { item: claim.item.map((item) => recodeRevenue(item, to)) }),
    ...(claim.related === undefined ? {} : { related: claim.related.map((one) => recodeRelationship(one, to)) }),
  }
}

const withClaims = (bundle: Bundle<FhirResource>, change: (claim: Claim) => Claim): Bundle<FhirResource> => ({
  ...bundle,
  ...(bundle.entry === undefined
    ? {}
    : {
        entry: bundle.entry.map((entry) =>
          entry.resource?.resourceType === 'Claim' ? { ...entry, resource: change(entry.resource) } : entry,
        ),
      }),
})

/** A 2.0.1 request or inquiry as one of 2.2.1. */
export function upcastRequest(bundle: Bundle<FhirResource>): Recoded<Bundle<FhirResource>> {
  return { resource: withClaims(bundle, (claim) => recodeClaim(claim, '2.2.1')), losses: [] }
}

/** Leaves extensions out; gives what it lost of them. */
function without<T extends { extension?: { url: string }[] | undefined }>(
  of: T,
  losses: Set<PasLoss>,
  lost: Readonly<Record<string, PasLoss>>,
): T {
  const kept = of.extension?.filter(({ url }) => lost[url] === undefined)
  for (const { url } of of.extension ?? []) if (lost[url] !== undefined) losses.add(lost[url])
  if (kept === undefined || kept.length === of.extension?.length) return of
  return (kept.length > 0 ? { ...of, extension: kept } : omit(of, 'extension')) as T
}

/** The prior Claim is named, no longer included: a 2.0.1 Bundle holds one Claim. */
function namePrior(related: ClaimRelated, bundle: Bundle<FhirResource>, losses: Set<PasLoss>): ClaimRelated {
  const prior = resolveInBundle(bundle, related.claim)
  if (prior?.resourceType !== 'Claim') return related
  losses.add('prior-claim')
  const [identifier] = prior.identifier ?? []
  return identifier === undefined ? omit(related, 'claim') : { ...related, claim: { type: 'Claim', identifier } }
}

/** 2.0.1 has the payer's numbers at the lines alone; a line's own come first. */
function withNumbers(item: ClaimItem, numbers: readonly Extension[]): ClaimItem {
  const added = numbers.filter(({ url }) => item.extension?.some((own) => own.url === url) !== true)
  return added.length === 0 ? item : { ...item, extension: [...(item.extension ?? []), ...added] }
}

function downcastClaim(claim: Claim, bundle: Bundle<FhirResource>, losses: Set<PasLoss>): Claim {
  const numbers = claim.extension?.filter(({ url }) => NUMBERS.includes(url)) ?? []
  const rest = claim.extension?.filter(({ url }) => !NUMBERS.includes(url)) ?? []
  const lined = rest.length > 0 ? { ...claim, extension: rest } : omit(claim, 'extension')
  const plain = without<Claim>(lined, losses, {
    [EXT.transmissionIdentifiers]: 'transmission-identifiers',
    [EXT.certificationType]: 'whole-cancel',
  })
  const recoded = recodeClaim(plain, '2.0.1')
  const [first, ...more] = recoded.identifier ?? []
  if (more.length > 0) losses.add('second-identifier')
  const toInfo = (info: ClaimSupportingInfo): ClaimSupportingInfo =>
    without(info, losses, { [EXT.documentInformation]: 'document-information' })
  return {
    ...recoded,
    item: (recoded.item ?? [NO_ITEM]).map((item) => withNumbers(item, numbers)),
    ...(first === undefined ? {} : { identifier: [first] }),
    ...(recoded.supportingInfo === undefined ? {} : { supportingInfo: recoded.supportingInfo.map(toInfo) }),
    ...(recoded.related === undefined ? {} : { related: recoded.related.map((one) => namePrior(one, bundle, losses)) }),
  }
}

/**
 * The profiles of PAS 2.0.1 name those of DTR and CRD 2.0.1: answers and what the payer said of an order go in their words. It
 * has no profile of its own for documents. A response that is none of DTR's keeps its words.
 */
function downcastBeside(resource: FhirResource, bundle: Bundle<FhirResource>, losses: Set<PasLoss>): FhirResource {
  switch (resource.resourceType) {
    case 'QuestionnaireResponse': {
      const written = downcastResponse(resource, { version: '2.0.1', bareCanonical: false })
      if (!written.ok) return nameSignedOrders(resource, bundle)
      if (written.value.losses.length > 0) losses.add('questionnaire-response')
      return nameSignedOrders(written.value.resource, bundle)
    }
    case 'DocumentReference': {
      const profile = resource.meta?.profile?.filter((one) => one !== PROFILE.pasDocumentReference) ?? []
      if (profile.length === (resource.meta?.profile?.length ?? 0)) return resource
      return { ...resource, meta: { ...resource.meta, profile: [US_CORE_DOCUMENT, ...profile] } }
    }
    case 'MedicationRequest':
      return downcastOrder(namePerson(resource, bundle), losses)
    case 'DeviceRequest':
    case 'NutritionOrder':
    case 'ServiceRequest':
      return downcastOrder(resource, losses)
    case 'Encounter':
      return nameParticipants(resource, bundle)
    default:
      return resource
  }
}

/**
 * DTR 2.0.1 lets answers refer to orders of CRD 2.0.1 alone, which are drafts; those of a request are signed. They are named by
 * their address then: the lines of the Claim refer to the same orders.
 */
function nameSignedOrders(response: QuestionnaireResponse, bundle: Bundle<FhirResource>): QuestionnaireResponse {
  const extension = response.extension?.map((one): Extension => {
    const reference = one.url === EXT.qrContext ? one.valueReference?.reference : undefined
    const order = resolveInBundle(bundle, reference)
    if (reference === undefined || order === undefined || !('intent' in order) || order.status === 'draft') return one
    const identifier = { system: 'urn:ietf:rfc:3986', value: reference }
    return { ...one, valueReference: { type: order.resourceType, identifier } }
  })
  return { ...response, ...(extension === undefined ? {} : { extension }) }
}

/** Who holds the role that is referred to, where the Bundle says. */
function personOf(reference: Reference | undefined, bundle: Bundle<FhirResource>): Reference | undefined {
  const role = resolveInBundle(bundle, reference)
  return role?.resourceType === 'PractitionerRole' ? role.practitioner : undefined
}

/** US Core 3.1.1, on which 2.0.1 stands, lets a person order a drug, not a role; the Claim's care team has the role. */
function namePerson(order: MedicationRequest, bundle: Bundle<FhirResource>): MedicationRequest {
  const requester = personOf(order.requester, bundle)
  return requester === undefined ? order : { ...order, requester }
}

/** And a person take part in an encounter. */
function nameParticipants(encounter: Encounter, bundle: Bundle<FhirResource>): Encounter {
  const participant = encounter.participant?.map((one) => {
    const individual = personOf(one.individual, bundle)
    return individual === undefined ? one : { ...one, individual }
  })
  return participant === undefined ? encounter : { ...encounter, participant }
}

function downcastOrder<T extends FhirResource & { extension?: Extension[] | undefined }>(
  order: T,
  losses: Set<PasLoss>,
): T {
  if (order.extension?.some(({ url }) => url === EXT.coverageInformation) !== true) return order
  const extension = order.extension.flatMap((one): Extension[] => {
    if (one.url !== EXT.coverageInformation) return [one]
    const written = downcastCoverageInformation(one, '2.0.1')
    if (!written.ok || written.value.losses.length > 0) losses.add('coverage-information')
    return written.ok ? [written.value.extension] : []
  })
  return (extension.length > 0 ? { ...order, extension } : omit(order, 'extension')) as T
}

/** A 2.2.1 request or inquiry as one of 2.0.1. */
export function downcastRequest(bundle: Bundle<FhirResource>): Recoded<Bundle<FhirResource>> {
  const losses = new Set<PasLoss>()
  const [first, ...rest] = bundle.entry ?? []
  const own = rest.filter(({ resource }) => resource?.resourceType !== 'Claim')
  const reduced = { ...bundle, entry: [...(first === undefined ? [] : [first]), ...own] }
  const claimed = withClaims(reduced, (claim) => downcastClaim(claim, bundle, losses))
  const resource = {
    ...claimed,
    entry: (claimed.entry ?? []).map((entry) =>
      entry.resource === undefined ? entry : { ...entry, resource: downcastBeside(entry.resource, bundle, losses) },
    ),
  }
  return { resource, losses: [...losses] }
}
