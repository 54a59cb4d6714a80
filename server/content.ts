/**
 * The one loader of the data that ships with Precert: policies of questionnaire packages, and code tables. Read once at
 * start, by path; a broken file stops the start.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Questionnaire } from 'fhir/r4'
import { findUp } from './find-up.ts'

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** Reads `fhir-profiles/<name>.json`. */
export function loadTable(name: string): unknown {
  return readJson(join(findUp('fhir-profiles'), `${name}.json`))
}

/** Every shipped `questionnaires/<id>/policy.json`, by the canonical (without version) of the questionnaire beside it. */
export function loadPolicies(): ReadonlyMap<string, unknown> {
  const folder = findUp('questionnaires')
  return new Map(
    readdirSync(folder)
      .filter((id) => existsSync(join(folder, id, 'policy.json')))
      .map((id) => {
        const questionnaire = readJson(join(folder, id, 'questionnaire.json')) as { url: string }
        return [questionnaire.url, readJson(join(folder, id, 'policy.json'))]
      }),
  )
}

/** Every shipped questionnaire. */
export function loadQuestionnaires(): readonly Questionnaire[] {
  const folder = findUp('questionnaires')
  const files = readdirSync(folder).map((id) => join(folder, id, 'questionnaire.json'))
  return files.filter(existsSync).map((file) => readJson(file) as Questionnaire)
}
