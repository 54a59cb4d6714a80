/**
 * What one payer sees of one chart through our façade: reads and searches of allow-listed types, the patient's compartment
 * enforced on every returned entry, one Coverage, `_include` resolved by us where the EHR cannot. Prefetch is filled by
 * asking this same view, so that both are equal (crd.md §2.2, §4.2).
 */
import type { Bundle, Coverage, FhirResource } from 'fhir/r4'
import { readSubjectReference, isOrder } from '#domain/context/order.ts'
import { buildSearchset } from '#domain/crd/payer-request.ts'
import { rewriteReferences } from '#domain/crd/rewrite-references.ts'
import { isSameReference, listReferences, normalizeReference, referenceTo } from '#domain/fhir/reference.ts'
import { err, ok, type Failure, type Result } from '#domain/result.ts'
import type { ChartAccess } from '../clients/ehr-fhir.ts'
import type { EhrClient, EhrFailure } from '../context.ts'
import type { Directory } from './directory.ts'

/** Resource types of the CRD profiles; clinical data is none of a coverage question. */
export const FACADE_TYPES = [
  'CommunicationRequest',
  'Coverage',
  'Device',
  'DeviceRequest',
  'Encounter',
  'Location',
  'Medication',
  'MedicationRequest',
  'NutritionOrder',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'ServiceRequest',
  'VisionPrescription',
] as const

const PATIENT_TYPES: ReadonlySet<string> = new Set([
  'CommunicationRequest',
  'Coverage',
  'DeviceRequest',
  'Encounter',
  'MedicationRequest',
  'NutritionOrder',
  'ServiceRequest',
  'VisionPrescription',
])

/** Parameters that look past the compartment or into other resources. */
const REFUSED_PARAMETER = /^(_has|_filter|_query|_contained|_containedType|_revinclude)|[.]/
const PATIENT_PARAMETERS = ['patient', 'subject', 'beneficiary']
const MAX_INCLUDED = 50

export type FacadeFailure = Failure<'type-not-allowed' | 'parameter-not-allowed' | 'other-patient'> | EhrFailure

export interface FacadeScope {
  readonly reader: EhrClient
  readonly patientId: string
  readonly coverage: Coverage
  /** What is already known and need not be read again: the orders as drafted, the patient, directory entries. */
  readonly known: readonly FhirResource[]
  readonly directory: Directory
  readonly ehrBase: string
  readonly facadeBase: string
  /** Every access of the payer is told, whether or not it reached the EHR. */
  readonly log: (access: ChartAccess) => void
}

export interface FacadeView {
  read(reference: string): Promise<Result<FhirResource, FacadeFailure>>
  /** `Type?query` as relative address. */
  search(resourceType: string, query: string): Promise<Result<Bundle<FhirResource>, FacadeFailure>>
}

const PURPOSE = { caseId: null, neededBy: 'payer-facade' }
const isAllowed = (type: string): boolean => FACADE_TYPES.some((allowed) => allowed === type)

/** The patient a resource belongs to; undefined for directory entries, which belong to nobody. */
function ownerOf(resource: FhirResource): string | undefined {
  if (isOrder(resource)) return readSubjectReference(resource)
  switch (resource.resourceType) {
    case 'Patient':
      return referenceTo(resource)
    case 'Coverage':
      return resource.beneficiary.reference
    case 'Encounter':
      return resource.subject?.reference
    case 'Device':
      return resource.patient?.reference
    default:
      return undefined
  }
}

function isVisible(resource: FhirResource, scope: FacadeScope): boolean {
  if (!isAllowed(resource.resourceType)) return false
  if (resource.resourceType === 'Coverage') return resource.id === scope.coverage.id
  const owner = ownerOf(resource)
  if (owner === undefined) return !PATIENT_TYPES.has(resource.resourceType)
  return isSameReference(owner, `Patient/${scope.patientId}`)
}

interface ParsedSearch {
  readonly ids: readonly string[] | null
  readonly status: string | null
  readonly includes: readonly string[]
  /** What the EHR is asked, the patient added. */
  readonly forwarded: URLSearchParams
}

function parseSearch(
  resourceType: string,
  query: string,
  patientId: string,
): Result<ParsedSearch, Failure<'parameter-not-allowed' | 'other-patient'>> {
  const asked = new URLSearchParams(query)
  const forwarded = new URLSearchParams()
  const includes: string[] = []
  for (const [name, value] of asked) {
    if (REFUSED_PARAMETER.test(name)) return err({ reason: 'parameter-not-allowed', path: name })
    if (name.startsWith('_include')) includes.push(value)
    else if (PATIENT_PARAMETERS.includes(name)) {
      if (normalizeReference(value).replace(/^Patient\//, '') !== patientId)
        return err({ reason: 'other-patient', path: name })
    } else forwarded.append(name, value)
  }
  const isIdOnly = [...forwarded].every(([name]) => name === '_id' || name === '_count')
  const ids = isIdOnly ? (forwarded.get('_id')?.split(',') ?? null) : null
  if (PATIENT_TYPES.has(resourceType)) forwarded.append('patient', patientId)
  if (resourceType === 'Patient') forwarded.set('_id', patientId)
  return ok({ ids, status: asked.get('status'), includes, forwarded })
}

/** References in the element that an `_include=Type:param[:Target]` names; the param is the element's name, or its stem. */
function listIncluded(resources: readonly FhirResource[], include: string): string[] {
  const [type, parameter, target] = include.split(':')
  const element = (parameter ?? '').replace(/-([a-z])/g, (_all, letter: string) => letter.toUpperCase())
  return resources
    .filter(({ resourceType }) => resourceType === type)
    .flatMap((resource) =>
      Object.entries(resource)
        .filter(([name]) => name === element || (element !== '' && name.startsWith(`${element}Reference`)))
        .flatMap(([, value]) => listReferences(value, ''))
        .map(({ reference }) => normalizeReference(reference)),
    )
    .filter((reference) => target === undefined || reference.startsWith(`${target}/`))
}

/** Opens the view. It holds the EHR's reader; the payer holds only an address and our token. */
export function openFacadeView(scope: FacadeScope): FacadeView {
  const outward = <T>(value: T): T => rewriteReferences(value, scope.ehrBase, scope.facadeBase)
  const known = [scope.coverage, ...scope.known]
  const findKnown = (reference: string): FhirResource | undefined =>
    known.find((resource) => referenceTo(resource) === reference) ?? scope.directory.get(reference)

  const readInside = async (reference: string): Promise<Result<FhirResource, FacadeFailure>> => {
    const type = reference.split('/')[0] ?? ''
    if (!isAllowed(type)) return err({ reason: 'type-not-allowed' })
    const held = findKnown(reference)
    const found: Result<FhirResource, EhrFailure> =
      held === undefined ? await scope.reader.read(reference, PURPOSE) : ok(held)
    if (!found.ok) return found
    scope.directory.put(found.value)
    // What lies outside is as if it were not there: its existence is not told.
    return isVisible(found.value, scope) ? found : err({ reason: 'not-found', status: 404 })
  }

  const findMatches = async (
    resourceType: string,
    search: ParsedSearch,
  ): Promise<Result<readonly FhirResource[], FacadeFailure>> => {
    if (resourceType === 'Coverage') {
      const { id, status } = scope.coverage
      const isMatch =
        (search.status === null || search.status.split(',').includes(status)) &&
        (search.ids === null || search.ids.some((wanted) => wanted === id))
      return ok(isMatch ? [scope.coverage] : [])
    }
    const held = search.ids?.map((id) => findKnown(`${resourceType}/${id}`))
    if (held?.every((resource) => resource !== undefined)) return ok(held)
    const found = await scope.reader.search(resourceType, search.forwarded.toString(), PURPOSE)
    if (!found.ok) return found
    found.value.resources.forEach(scope.directory.put)
    return ok(found.value.resources.filter((resource) => resource.resourceType === resourceType))
  }

  const logged = <T>(
    access: Pick<ChartAccess, 'action' | 'resourceType' | 'reference'>,
    result: Result<T, FacadeFailure>,
    count: number | null,
  ): Result<T, FacadeFailure> => {
    scope.log({ ...access, purpose: PURPOSE, outcome: result.ok ? 'ok' : result.error.reason, count })
    return result
  }

  const searchInside = async (
    resourceType: string,
    query: string,
  ): Promise<Result<Bundle<FhirResource>, FacadeFailure>> => {
    if (!isAllowed(resourceType)) return err({ reason: 'type-not-allowed' })
    const parsed = parseSearch(resourceType, query, scope.patientId)
    if (!parsed.ok) return parsed
    const found = await findMatches(resourceType, parsed.value)
    if (!found.ok) return found
    const matches = found.value.filter((resource) => isVisible(resource, scope))
    const wanted = [...new Set(parsed.value.includes.flatMap((include) => listIncluded(matches, include)))]
    const read = await Promise.all(wanted.slice(0, MAX_INCLUDED).map(readInside))
    const included = read.flatMap((result) => (result.ok ? [result.value] : []))
    const address = `${resourceType}${query === '' ? '' : `?${query}`}`
    return ok(outward(buildSearchset(scope.facadeBase, address, { matches, included })))
  }

  return {
    async read(reference) {
      const relative = normalizeReference(reference)
      const found = await readInside(relative)
      const access = { action: 'read' as const, resourceType: relative.split('/')[0] ?? '', reference: relative }
      return logged(access, found.ok ? ok(outward(found.value)) : found, found.ok ? 1 : 0)
    },

    async search(resourceType, query) {
      const found = await searchInside(resourceType, query)
      const access = { action: 'search' as const, resourceType, reference: null }
      return logged(access, found, found.ok ? (found.value.entry?.length ?? 0) : null)
    },
  }
}
