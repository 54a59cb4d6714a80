/** The payer's own form and policy, read as data: the Questionnaire, what it needs, and the criteria it is judged by. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FhirResource, Library, Questionnaire, ValueSet } from 'fhir/r4'
import { parsePolicy, type Policy } from './policy.ts'

export interface PayerQuestionnaire {
  readonly questionnaire: Questionnaire
  readonly valueSets: readonly ValueSet[]
  readonly libraries: readonly Library[]
  /** `url|version`. */
  readonly canonical: string
  readonly policy: Policy
  readonly policyUrl: string
}

/** Reads a package folder. Throws where it is not whole: a payer without its form must not start. */
export function loadQuestionnaire(directory: string): PayerQuestionnaire {
  const resources = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as FhirResource)
  const questionnaire = resources.find(
    (resource): resource is Questionnaire => resource.resourceType === 'Questionnaire',
  )
  if (questionnaire === undefined) throw new Error(`There is no Questionnaire in ${directory}`)
  const policy = parsePolicy(JSON.parse(readFileSync(join(directory, 'policy.json'), 'utf8')))
  return {
    questionnaire,
    valueSets: resources.filter((resource): resource is ValueSet => resource.resourceType === 'ValueSet'),
    libraries: resources.filter((resource): resource is Library => resource.resourceType === 'Library'),
    canonical: `${questionnaire.url ?? ''}|${questionnaire.version ?? ''}`,
    policy,
    policyUrl: policy.url,
  }
}
