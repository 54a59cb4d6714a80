/**
 * What the simulated EHR demands of a resource before it files it: FHIR's JSON rules, the elements its profiles require, and
 * references that lead somewhere. Strict, because a real EHR's refusal costs an integration team days.
 */
import type { OutcomeIssue } from '#domain/fhir/operation-outcome.ts'
import { listReferences } from '#domain/fhir/reference.ts'
import { isObject, readPath, type AnyResource } from '../resource.ts'

/** What may be written here and what it must hold; every other type is read-only. */
export const WRITABLE: Readonly<Record<string, { readonly create: boolean; readonly required: readonly string[] }>> = {
  DocumentReference: {
    create: true,
    required: ['status', 'type', 'category', 'subject', 'content.attachment.contentType'],
  },
  QuestionnaireResponse: { create: true, required: ['status', 'questionnaire', 'subject'] },
  Task: { create: true, required: ['status', 'intent', 'for'] },
  MedicationRequest: { create: false, required: ['status', 'intent', 'subject'] },
  ServiceRequest: { create: false, required: ['status', 'intent', 'code', 'subject'] },
  DeviceRequest: { create: false, required: ['status', 'intent', 'subject'] },
}

interface WriteContext {
  readonly type: string
  readonly fhirBase: string
  readonly exists: (type: string, id: string) => boolean
}

/** Every fault of a body that is to be written; none means that it may be filed. */
export function listWriteFaults(body: AnyResource, context: WriteContext): readonly OutcomeIssue[] {
  const fault = (text: string, expression: string, code: OutcomeIssue['code'] = 'invalid'): OutcomeIssue => ({
    severity: 'error',
    code,
    text,
    expression,
  })
  if (body.resourceType !== context.type)
    return [fault(`The body is a ${body.resourceType}, the address says ${context.type}`, 'resourceType')]
  return [
    ...(WRITABLE[context.type]?.required ?? [])
      .filter((path) => readPath(body, path).length === 0)
      .map((path) => fault(`${context.type}.${path} is required`, `${context.type}.${path}`, 'required')),
    ...listEmptyValues(body, context.type).map((path) =>
      fault('FHIR JSON has no empty or null values', path, 'structure'),
    ),
    ...listReferences(body, context.type)
      .filter(({ reference }) => !leadsSomewhere(reference, context))
      .map(({ path, reference }) => fault(`${reference} does not exist here`, path, 'not-found')),
  ]
}

/** FHIRPath of every null, empty string, empty array and empty object (R4 json §2.6.2). */
function listEmptyValues(value: unknown, path: string): readonly string[] {
  if (value === null || value === '') return [path]
  if (Array.isArray(value)) {
    if (value.length === 0) return [path]
    // A null inside an array keeps the places of primitives and their extensions in step: it is allowed.
    return value.flatMap((child, index) => (child === null ? [] : listEmptyValues(child, `${path}[${index}]`)))
  }
  if (!isObject(value)) return []
  const members = Object.entries(value)
  return members.length === 0 ? [path] : members.flatMap(([name, child]) => listEmptyValues(child, `${path}.${name}`))
}

/** Fragments, logical and foreign absolute references are left alone; a reference into this server must hit. */
function leadsSomewhere(reference: string, { fhirBase, exists }: WriteContext): boolean {
  const local = reference.startsWith(`${fhirBase}/`) ? reference.slice(fhirBase.length + 1) : reference
  if (/^(#|https?:|urn:(?!uuid:))/.test(local)) return true
  const match = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(local)
  return match !== null && exists(match[1] ?? '', match[2] ?? '')
}
