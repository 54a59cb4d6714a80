/**
 * What the hook needs of the chart: prefetch where the EHR sent it, else read with the hook's token. Missing data is no
 * failure (crd.md §1.3 step 3): what cannot be read is absent.
 */
import type { Bundle, Coverage, FhirResource, Organization } from 'fhir/r4'
import { listActiveCoverages } from '#domain/context/coverage.ts'
import { listPayorReferences } from '#domain/context/payer-registry.ts'
import type { OrderSignRequest } from '#domain/crd/hook-request.ts'
import { isSameReference, normalizeReference, referenceTo } from '#domain/fhir/reference.ts'
import type { EhrClient } from '../context.ts'
import type { Directory } from './directory.ts'

const PURPOSE = { caseId: null, neededBy: 'coverage' }
export interface HookChart {
  readonly coverages: readonly Coverage[]
  readonly organizations: readonly Organization[]
  /** Everything at hand that the payer may ask for. */
  readonly known: readonly FhirResource[]
}

async function readPayor(reference: string, reader: EhrClient, directory: Directory): Promise<Organization[]> {
  const held = directory.get(reference)
  if (held?.resourceType === 'Organization') return [held]
  const read = await reader.read(reference, PURPOSE)
  if (!read.ok || read.value.resourceType !== 'Organization') return []
  directory.put(read.value)
  return [read.value]
}

function resourcesOf(value: unknown): FhirResource[] {
  const resource = value as FhirResource | Bundle<FhirResource> | null | undefined
  if (resource === null || typeof resource !== 'object') return []
  if (resource.resourceType !== 'Bundle') return typeof resource.resourceType === 'string' ? [resource] : []
  return ((resource as Bundle<FhirResource>).entry ?? []).flatMap((entry) => entry.resource ?? [])
}

/** Prefetched coverages that are this patient's; undefined where the EHR sent none and must be asked. */
function readPrefetchedCoverages(request: OrderSignRequest): Coverage[] | undefined {
  const value = request.prefetch['coverage']
  const found = resourcesOf(value).filter((resource): resource is Coverage => resource.resourceType === 'Coverage')
  const isAnswer =
    (value as { resourceType?: unknown } | null | undefined)?.resourceType === 'Bundle' || found.length > 0
  if (!isAnswer) return undefined
  return found.filter(({ beneficiary }) => isSameReference(beneficiary.reference, `Patient/${request.patientId}`))
}

async function searchCoverages(request: OrderSignRequest, reader: EhrClient): Promise<Coverage[]> {
  const found = await reader.search('Coverage', `patient=${request.patientId}`, PURPOSE)
  if (!found.ok) return []
  return found.value.resources.filter((resource): resource is Coverage => resource.resourceType === 'Coverage')
}

export interface HookChartInput {
  readonly request: OrderSignRequest
  readonly reader: EhrClient
  readonly directory: Directory
  readonly today: string
}

/** Reads what is missing: nothing at all where prefetch has the coverage and its payor is known. */
export async function readHookChart({ request, reader, directory, today }: HookChartInput): Promise<HookChart> {
  const all = readPrefetchedCoverages(request) ?? (await searchCoverages(request, reader))
  const coverages = listActiveCoverages(all, today)
  const payors = [...new Set(coverages.flatMap(listPayorReferences).map(normalizeReference))]
  const organizations = (await Promise.all(payors.map((payor) => readPayor(payor, reader, directory)))).flat()
  const prefetched = ['patient', 'encounter', 'user'].flatMap((key) => resourcesOf(request.prefetch[key]))
  const isOurs = (resource: FhirResource): boolean =>
    resource.resourceType !== 'Patient' || referenceTo(resource) === `Patient/${request.patientId}`
  return { coverages, organizations, known: [...prefetched.filter(isOurs), ...organizations] }
}
