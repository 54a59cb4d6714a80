/** What DTR's tables list and the engine does not do, each with the reason and a way to tell that it does it after all. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Questionnaire } from 'fhir/r4'
import { issues, type FormState } from '#domain/dtr/form-state.ts'
import { answer } from '#domain/dtr/form-edit.ts'
import { openForm } from '#domain/dtr/open-form.ts'
import { edit, give, itemOf, populationInput } from './must-support-form.ts'

export interface KnownGap {
  readonly row: string
  readonly reason: string
  readonly works: (subject: { readonly form: Questionnaire; readonly state: FormState }) => boolean
}

const READERS = new Set(['canonical.ts', 'item-facts.ts', 'form-facts.ts'])
const ROOTS = ['src', 'server'].map((name) => resolve(import.meta.dirname, '../..', name))
const SOURCES = ROOTS.flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /[.]tsx?$/.test(path) && !/[.]test[.]/.test(path) && !/\btesting\b/.test(path))
    .filter((path) => !READERS.has(path.split(/[\\/]/).at(-1) ?? ''))
    .map((path) => readFileSync(resolve(root, path), 'utf8')),
)

/** Whether anything besides its reader knows a fact by name. */
const isActedOn = (fact: string) => (): boolean => SOURCES.some((source) => new RegExp(`\\b${fact}\\b`).test(source))

/** Whether opening the form with this change says anything that opening it as it is does not. */
const isTold =
  (change: Partial<Questionnaire>): KnownGap['works'] =>
  ({ form }) => {
    const told = (questionnaire: Questionnaire): number => issues(openForm(populationInput(questionnaire))).length
    return told({ ...form, ...change }) !== told(form)
  }

const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'
const addedToRoot =
  (name: string, value: object): KnownGap['works'] =>
  (subject) =>
    isTold({ extension: [...(subject.form.extension ?? []), { url: `${SDC}${name}`, ...value }] })(subject)

export const KNOWN_GAPS: readonly KnownGap[] = [
  {
    row: 'status',
    reason: 'a retired or draft form is opened like an active one, without a word',
    works: isTold({ status: 'retired' }),
  },
  {
    row: 'subjectType',
    reason: 'a form about something other than a patient is opened without a word',
    works: isTold({ subjectType: ['Device'] }),
  },
  {
    row: 'SDC/entryMode',
    reason: 'the rule is there (entry-mode.ts), but no edit and no screen keeps to it: a person can go back',
    works: ({ state }) => {
      const later = give(state, 'default', { valueString: 'later' })
      return give(later, 'of-boolean', { valueBoolean: true }) === later
    },
  },
  {
    row: 'SDC/performerType',
    reason: 'read, but anybody with the form in hand may answer',
    works: ({ state }) => {
      const patient = { ...edit, author: { reference: 'Patient/p1', name: 'P' } }
      return answer(state, itemOf(state, 'of-boolean').key, [{ valueBoolean: true }], patient) === state
    },
  },
  {
    row: 'DTR/request-specific',
    reason: 'read, but nothing decides by it whether a saved response may serve another order',
    works: isActedOn('requestSpecific'),
  },
  {
    row: 'CORE/artifact-copyrightLabel',
    reason: 'read, but not shown with the copyright',
    works: isActedOn('copyrightLabel'),
  },
  {
    row: 'CORE/questionnaire-usageMode',
    reason: 'read, but an item for display only can be answered while the form is filled in',
    works: isActedOn('usageMode'),
  },
  {
    row: 'SDC/choiceColumn',
    reason: 'read, but options are a list, not a table',
    works: isActedOn('choiceColumns'),
  },
  {
    row: 'SDC/optionalDisplay',
    reason: 'read; every display item is shown, which the extension allows',
    works: isActedOn('optionalDisplay'),
  },
  {
    row: 'CORE/questionnaire-referenceProfile',
    reason: 'read, but a target is checked by its type alone: what it refers to is not at hand',
    works: isActedOn('referenceProfiles'),
  },
  {
    row: 'SDC/lookupQuestionnaire',
    reason: 'read, but no form opens to create the target',
    works: isActedOn('lookupQuestionnaire'),
  },
  {
    row: 'SDC/endpoint',
    reason: 'prohibited; a form that has it is not told apart',
    works: addedToRoot('endpoint', { valueUri: 'https://payer.example/collect' }),
  },
  {
    row: 'SDC/assemble-expectation',
    reason: 'prohibited; a form that still has to be assembled is opened without a word',
    works: addedToRoot('assemble-expectation', { valueCode: 'assemble-root' }),
  },
]
