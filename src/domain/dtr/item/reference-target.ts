/**
 * Which resources may be an answer to a reference question (questionnaire-referenceResource, -referenceProfile). Charts seldom
 * say which profiles a resource keeps to: one that names others than the form's is none, one that names none may be.
 */
import type { ItemFacts } from './item-facts.ts'

type Asked = Pick<ItemFacts, 'referenceTypes' | 'referenceProfiles'>

const bare = (canonical: string): string => canonical.split('|')[0] ?? canonical
const CORE = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Z][A-Za-z]+)$/

/** The resource types to look among: those asked for, else those that a profile of the core specification names. */
export function listTargetTypes({ referenceTypes, referenceProfiles }: Asked): readonly string[] {
  if (referenceTypes.length > 0) return referenceTypes
  return referenceProfiles.flatMap((profile) => CORE.exec(bare(profile))?.[1] ?? [])
}

/** Whether a resource may be the answer. */
export function isTarget(resource: object, asked: Asked): boolean {
  const { resourceType, meta } = resource as { resourceType?: unknown; meta?: { profile?: unknown } }
  const types = listTargetTypes(asked)
  if (types.length > 0 && !types.includes(String(resourceType))) return false
  const declared = Array.isArray(meta?.profile) ? meta.profile.filter((one) => typeof one === 'string').map(bare) : []
  const wanted = asked.referenceProfiles.map(bare)
  return wanted.length === 0 || declared.length === 0 || declared.some((profile) => wanted.includes(profile))
}
