/** The must-support form of `test/fixtures/must-support-form` in each version of DTR, and filled from the chart beside it. */
import { readFileSync } from 'node:fs'
import type { Bundle, Coverage, Extension, Library, Patient, Questionnaire } from 'fhir/r4'
import type { DtrVersion } from '#domain/dtr/package/dtr-version.ts'
import type { SourceResource } from '#domain/dtr/expression/expression.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { listItems, type Answer, type Edit, type FormState, type ItemView } from '#domain/dtr/form/form-state.ts'
import { EMPTY_META } from '#domain/dtr/form/open-form.ts'
import { populate, type Population } from '#domain/dtr/population/population.ts'
import { buildEmptyResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { EXT, PROFILE } from '#domain/fhir/canonical.ts'
import { searchIn } from './chart-search.ts'

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/must-support-form/${name}.json`, import.meta.url), 'utf8'))
const NEWEST = load('questionnaire') as Questionnaire
/** The chart that fills it. */
export const CHART = load('chart') as readonly SourceResource[]
export const AT = '2026-11-28T10:00:00Z'
export const edit: Edit = { at: AT, author: { reference: 'Practitioner/1', name: 'A' } }

type Rewrite = (extension: Extension) => Extension[]
const drop: Rewrite = () => []
const renamed =
  (url: string): Rewrite =>
  (extension) => [{ ...extension, url }]

const NOT_BEFORE_2_2: Readonly<Record<string, Rewrite>> = {
  [EXT.estimatedCompletionTime]: drop,
  [EXT.questionnaireAudience]: drop,
  [EXT.requestSpecific]: drop,
  [EXT.versionAlgorithm]: drop,
  [EXT.copyrightLabel]: drop,
  [EXT.disabledDisplay]: drop,
  [EXT.answerConstraint]: drop,
  [EXT.coreTerminologyServer]: renamed(EXT.sdcTerminologyServer),
  [EXT.itemWeight]: renamed(EXT.ordinalValue),
  [EXT.supportHyperlink]: () => [{ url: EXT.supportLink, valueUri: 'https://payer.example/guide' }],
}
const NOT_BEFORE_2_1: Readonly<Record<string, Rewrite>> = {
  ...NOT_BEFORE_2_2,
  [EXT.alternativeExpression]: renamed(EXT.usPublicHealthAlternativeExpression),
  [EXT.targetConstraint]: ({ extension = [] }) => [
    { url: EXT.questionnaireConstraint, extension: extension.map(asText) },
  ],
}

/** The older constraint has its expression and its requirements as plain strings. */
function asText({ url, valueExpression, valueMarkdown, ...rest }: Extension): Extension {
  const text = valueExpression?.expression ?? valueMarkdown
  return { url, ...rest, ...(text === undefined ? {} : { valueString: text }) }
}

function rewrite(node: unknown, rules: Readonly<Record<string, Rewrite>>): unknown {
  if (Array.isArray(node))
    return node.flatMap((entry: unknown): unknown[] => {
      const isNamed = typeof entry === 'object' && entry !== null && 'url' in entry && typeof entry.url === 'string'
      const rule = isNamed ? rules[entry.url as string] : undefined
      return (rule === undefined ? [entry] : rule(entry as Extension)).map((one) => rewrite(one, rules))
    })
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, rewrite(value, rules)]))
}

/** The form as a payer of this version would send it. */
export function mustSupportForm(version: DtrVersion): Questionnaire {
  if (version === '2.2') return NEWEST
  const older = rewrite(NEWEST, version === '2.1' ? NOT_BEFORE_2_2 : NOT_BEFORE_2_1) as Questionnaire
  const markup = { url: EXT.renderingXhtml, valueString: '<b>Everything</b>' }
  return {
    ...withExtension(older, 'note', { url: EXT.optionalDisplay, valueBoolean: true }),
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Everything</div>' },
    _title: { extension: [markup] },
  }
}

/** Adds what 2.2 no longer has: the display that may be left out, and the kinds of file. */
function withExtension(form: Questionnaire, linkId: string, extra: Extension): Questionnaire {
  const visit = (items: Questionnaire['item']): NonNullable<Questionnaire['item']> =>
    (items ?? []).map((item) => {
      const more =
        item.linkId === linkId
          ? [extra]
          : item.type === 'attachment'
            ? [{ url: EXT.mimeType, valueCode: 'application/pdf' }]
            : []
      return {
        ...item,
        ...(more.length === 0 ? {} : { extension: [...(item.extension ?? []), ...more] }),
        ...(item.item === undefined ? {} : { item: visit(item.item) }),
      }
    })
  return { ...form, item: visit(form.item) }
}

/** The library that the form names: only what a package must say of one. */
const LIBRARY: Library = {
  resourceType: 'Library',
  id: 'given',
  url: 'https://payer.example/fhir/Library/given',
  version: '1.0.0',
  name: 'Given',
  status: 'active',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'logic-library' }] },
  content: [
    { contentType: 'text/cql', data: btoa("library Given version '1.0.0'") },
    {
      contentType: 'application/elm+json',
      data: btoa(JSON.stringify({ library: { identifier: { id: 'Given', version: '1.0.0' } } })),
    },
  ],
}

/** The package that brings the form. */
export function mustSupportPackage(version: DtrVersion): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [mustSupportForm(version), LIBRARY].map((resource) => ({ resource })),
  }
}

/** The adaptive form that a package of this version brings: without items. */
export function adaptiveForm(version: DtrVersion): Questionnaire {
  const { item: _item, text: _text, ...rest } = mustSupportForm(version)
  const where = version === '2.0.1' ? { valueBoolean: true } : { valueUrl: 'https://payer.example/fhir' }
  return {
    ...rest,
    meta: { profile: [PROFILE.dtrQuestionnaireAdaptSearch] },
    extension: [...(rest.extension ?? []), { url: EXT.questionnaireAdaptive, ...where }],
  }
}

export const evaluator = createEvaluator()

/** What population needs to fill a form from the chart. */
export function populationInput(questionnaire: Questionnaire): Parameters<typeof populate>[0] {
  const [patient] = CHART
  let ids = 0
  return {
    questionnaire,
    response: buildEmptyResponse({
      questionnaire,
      patient: patient as Patient,
      coverage: { resourceType: 'Coverage', id: 'none' } as Coverage,
      orders: [],
      purposes: ['withpa'],
      author: edit.author,
      at: AT,
    }),
    meta: EMPTY_META,
    today: AT.slice(0, 10),
    now: AT,
    evaluator,
    launchContexts: new Map(patient === undefined ? [] : [['patient', [patient]]]),
    scoredCodes: [],
    at: AT,
    newEvidenceId: () => `e${String((ids += 1))}`,
  }
}

/** Fills a form from the chart. */
export function fillForm(questionnaire: Questionnaire): Promise<Population> {
  return populate(populationInput(questionnaire), searchIn(CHART))
}

/** The first item with this link id. */
export function itemOf(state: FormState, linkId: string): ItemView {
  const found = listItems(state).find((item) => item.linkId === linkId)
  if (found === undefined) throw new Error(`the form has no item ${linkId}`)
  return found
}

export function give(state: FormState, linkId: string, ...answers: Answer[]): FormState {
  return answer(state, itemOf(state, linkId).key, answers, edit)
}

/** What is wrong with these answers, by the names of the issues. */
export function faultsOf(state: FormState, linkId: string, ...answers: Answer[]): string[] {
  const given = answers.length === 0 ? state : give(state, linkId, ...answers)
  return itemOf(given, linkId).issues.flatMap(({ kind, message }) =>
    kind === 'engine' ? [] : [message.key.replace('form.issue.', '')],
  )
}
