/** Resources as answers: what points to one, and the document that one holds. */
import type { Attachment, Reference } from 'fhir/r4'
import { valueText } from './answer-value.ts'
import type { TypedValue } from '../expression/expression.ts'

/** A Reference as it is, or one to a resource. With types asked for, one to another type is none. */
export function referenceOf({ value }: TypedValue, types: readonly string[]): Reference | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const reference = 'resourceType' in value ? referenceToResource(value) : plainReference(value)
  if (reference === undefined || types.length === 0) return reference
  const type =
    reference.type ?? /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(reference.reference ?? '')?.[1]
  return type === undefined || types.includes(type) ? reference : undefined
}

const plainReference = (value: object): Reference | undefined =>
  'reference' in value || ('identifier' in value && !Array.isArray(value.identifier)) ? (value as Reference) : undefined

function referenceToResource(value: object): Reference | undefined {
  const resource = value as {
    resourceType?: string
    id?: string
    code?: unknown
    name?: unknown
    description?: unknown
  }
  if (typeof resource.resourceType !== 'string' || typeof resource.id !== 'string') return undefined
  const named = resource.code ?? (Array.isArray(resource.name) ? resource.name[0] : resource.name)
  const display = typeof resource.description === 'string' ? resource.description : valueText(named)
  return { reference: `${resource.resourceType}/${resource.id}`, ...(display === '' ? {} : { display }) }
}

/** The document that a value is or holds; of several forms of one document, the first of a type that is taken. */
export function attachmentOf({ type, value }: TypedValue, mimeTypes: readonly string[]): Attachment | undefined {
  if (type === 'Attachment') return value as Attachment
  if (type === 'Binary') {
    const { contentType, data } = value as { contentType?: string; data?: string }
    return data === undefined ? undefined : { ...(contentType === undefined ? {} : { contentType }), data }
  }
  if (type !== 'DocumentReference') return undefined
  const content = (value as { content?: { attachment?: Attachment }[] }).content ?? []
  const attachments = content.flatMap(({ attachment }) => attachment ?? [])
  return attachments.find(({ contentType }) => isTaken(contentType, mimeTypes)) ?? attachments[0]
}

/** Whether a file type is among those asked for; `image/*` takes all images, and no list takes all. */
export function isTaken(contentType: string | undefined, mimeTypes: readonly string[]): boolean {
  if (mimeTypes.length === 0) return true
  const own = contentType?.split(';')[0]?.trim().toLowerCase()
  return mimeTypes.some((wanted) => {
    const pattern = wanted.toLowerCase()
    return pattern.endsWith('/*') ? own?.startsWith(pattern.slice(0, -1)) === true : own === pattern
  })
}
