/**
 * Describes a resource as evidence: what it is called, which date counts clinically, and the value at the place that was
 * read. Nothing is worded here beyond what the resource says itself.
 */
import type { EvidenceView } from '../../contract/form.ts'
import { normalizeReference, referenceTo } from '../../fhir/reference.ts'
import { valueText } from '../item/answer-value.ts'
import type { SourceResource, ValueSource } from '../expression/expression.ts'

type Fields = Readonly<Record<string, unknown>>

/** Elements that say when something was so, the most telling first. */
const DATES = [
  'effectiveDateTime',
  'effectiveInstant',
  'effectivePeriod',
  'onsetDateTime',
  'onsetPeriod',
  'performedDateTime',
  'performedPeriod',
  'occurrenceDateTime',
  'authoredOn',
  'period',
  'recordedDate',
  'recordedOn',
  'date',
  'issued',
  'created',
]
const NAMES = [
  'code',
  'medicationCodeableConcept',
  'vaccineCode',
  'type',
  'description',
  'title',
  'name',
  'category',
  'class',
]

/** The clinically relevant date with the precision that the resource gives. */
export function readClinicalDate(resource: SourceResource): string | null {
  const fields = resource as unknown as Fields
  for (const name of DATES) {
    const value = fields[name]
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null && 'start' in value && typeof value.start === 'string')
      return value.start
  }
  return null
}

/** What the resource is called, in its own words; its type where it says nothing. */
export function readLabel(resource: SourceResource): string {
  const fields = resource as unknown as Fields
  for (const name of typeof fields['name'] === 'string' ? ['name'] : NAMES) {
    const value = fields[name]
    const text = valueText(Array.isArray(value) ? value[0] : value)
    if (text !== '') return text
  }
  return resource.resourceType
}

/** Reads the value at a FHIRPath of names and positions, e.g. `Observation.component[2].value`; choice elements too. */
export function readPath(resource: SourceResource, path: string): unknown {
  let at: unknown = resource
  let above: unknown
  for (const step of path.split('.').slice(1)) {
    const [, name = '', position] = /^([^[]+)(?:\[(\d+)\])?$/.exec(step) ?? []
    if (typeof at !== 'object' || at === null) return undefined
    above = at
    const fields = at as Fields
    const key = name in fields ? name : Object.keys(fields).find((field) => new RegExp(`^${name}[A-Z]`).test(field))
    at = key === undefined ? undefined : fields[key]
    if (position !== undefined && Array.isArray(at)) at = at[Number(position)]
  }
  // A number alone says less than the quantity that it is part of.
  const quantity = typeof at === 'number' && typeof above === 'object' && above !== null && 'unit' in above
  return quantity ? above : at
}

/** Key under which one state of one resource is kept as evidence. */
export function evidenceKey(resource: SourceResource): string {
  const { meta } = resource as { meta?: { versionId?: string; lastUpdated?: string } }
  const reference = referenceTo(resource) ?? `${resource.resourceType}/?`
  return `${normalizeReference(reference)}|${meta?.versionId ?? meta?.lastUpdated ?? ''}`
}

/** One source as it is shown and kept with the answer. */
export function buildEvidence({ resource, path }: ValueSource, evidenceId: string): EvidenceView {
  const { meta } = resource as { meta?: { versionId?: string } }
  const main = path ?? (resource.resourceType === 'Observation' ? 'Observation.value' : null)
  const value = main === null ? '' : valueText(readPath(resource, main))
  return {
    evidenceId,
    reference: referenceTo(resource) ?? resource.resourceType,
    resourceType: resource.resourceType,
    versionId: meta?.versionId ?? null,
    label: readLabel(resource),
    date: readClinicalDate(resource),
    path,
    value: value === '' ? null : value,
  }
}

/** Whether a resource is an Observation with one of these codes: a value that a clinician scored. */
export function isScored(resource: SourceResource, codes: readonly { system: string; code: string }[]): boolean {
  if (resource.resourceType !== 'Observation') return false
  const { code } = resource as { code?: { coding?: { system?: string; code?: string }[] } }
  return (code?.coding ?? []).some((coding) =>
    codes.some((scored) => scored.system === coding.system && scored.code === coding.code),
  )
}
