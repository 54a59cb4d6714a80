/** The payer's own form and policy, read as data: the Questionnaire, what it needs, and the criteria it is judged by. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Library, Questionnaire, ValueSet } from 'fhir/r4'
import { EXT } from '../../src/domain/fhir/canonical.ts'
import { parsePolicy, type Policy } from './policy.ts'

/** A form with what it needs. */
export interface PackagedForm {
  readonly questionnaire: Questionnaire
  readonly valueSets: readonly ValueSet[]
  readonly libraries: readonly Library[]
  /** `url|version`. */
  readonly canonical: string
}

export interface PayerQuestionnaire extends PackagedForm {
  readonly policy: Policy
  readonly policyUrl: string
}

/** Reads a package folder. Throws where it is not whole: a payer without its form must not start. */
export function loadQuestionnaire(directory: string): PayerQuestionnaire {
  const questionnaire = readJson(join(directory, 'questionnaire.json')) as Questionnaire
  const policy = parsePolicy(readJson(join(directory, 'policy.json')))
  return {
    questionnaire,
    valueSets: readFolder(join(directory, 'valuesets')) as ValueSet[],
    libraries: readFolder(join(directory, 'libraries')) as Library[],
    canonical: `${questionnaire.url ?? ''}|${questionnaire.version ?? ''}`,
    policy,
    policyUrl: policy.url,
  }
}

function readFolder(directory: string): unknown[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readJson(join(directory, name)))
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Whether a form asks step by step (SDC questionnaireAdaptive). */
export function isAdaptive({ extension }: Questionnaire): boolean {
  return extension?.some(({ url }) => url === EXT.questionnaireAdaptive) === true
}
