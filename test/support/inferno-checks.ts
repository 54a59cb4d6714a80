/**
 * What the public DTR test kit (SMART app suite, DTR 2.0.1) asserts of our messages, written anew from its published behaviour
 * (`spec/dtr.md` §10): each gives the faults that it would report.
 */
import type {
  Parameters,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import { listResponseItems } from '#domain/dtr/response-answers.ts'
import { EXT, PROFILE, SYSTEM } from '#domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '#domain/fhir/extension.ts'

const POPULATING = [EXT.initialExpression, EXT.calculatedExpression, EXT.candidateExpression]
const when = (isFault: boolean, text: string): string[] => (isFault ? [text] : [])

/** dtr-qpackage-input-parameters|2.0.1. */
export function packageRequestFaults(request: Parameters): string[] {
  const all = request.parameter ?? []
  const named = (name: string) => all.filter((one) => one.name === name)
  const known = ['coverage', 'order', 'referenced', 'questionnaire', 'context', 'changedsince']
  return [
    ...when(request.meta?.profile?.includes(PROFILE.dtrPackageInput) !== true, 'claims its profile'),
    ...when(named('coverage').length === 0, 'has a coverage'),
    ...when(
      named('coverage').some(({ resource }) => resource?.resourceType !== 'Coverage'),
      'coverage is a Coverage',
    ),
    ...when(
      named('order').some(({ resource }) => resource === undefined),
      'order is a resource',
    ),
    ...when(named('context').length > 1, 'has one context at most'),
    ...when(!all.some(({ name }) => ['order', 'questionnaire', 'context'].includes(name)), 'dtr-1'),
    ...when(
      all.some(({ name }) => !known.includes(name)),
      'has no parameter that the operation does not know',
    ),
  ]
}

/** dtr-questionnaireresponse|2.0.1, or sdc-questionnaireresponse-adapt for an adaptive one. */
export function conformanceFaults(response: QuestionnaireResponse, adaptive = false): string[] {
  const contexts = readExtensions(response, EXT.qrContext).map(({ valueReference }) => valueReference?.reference ?? '')
  const uses = readExtensions(response, EXT.intendedUse).flatMap(
    ({ valueCodeableConcept }) => valueCodeableConcept?.coding ?? [],
  )
  const answers = listResponseItems(response.item).flatMap(({ answer }) => answer ?? [])
  const faultyOrigin = answers.filter((answer) => !isOrigin(readExtensions(answer, EXT.informationOrigin)))
  const profile = adaptive ? PROFILE.sdcQuestionnaireResponseAdapt : PROFILE.dtrQuestionnaireResponse
  return [
    ...when(response.meta?.profile?.includes(profile) !== true, 'claims its profile'),
    ...when(!contexts.some((one) => one.includes('Coverage/')), 'qr-context has a coverage'),
    ...when(!contexts.some((one) => !one.includes('Coverage/')), 'qr-context has a request'),
    ...when(
      uses.length === 0 || uses.some(({ system }) => system !== SYSTEM.crdTemp && system !== SYSTEM.nullFlavor),
      'intendedUse',
    ),
    ...when(response.authored === undefined, 'authored'),
    ...when(response.subject === undefined, 'subject'),
    ...when(response.questionnaire === undefined, 'questionnaire'),
    ...when(response.basedOn !== undefined || response.partOf !== undefined, 'has no basedOn or partOf'),
    ...when(!adaptive && (response.item ?? []).length === 0, 'has an item'),
    ...when(
      faultyOrigin.length > 0,
      'every answer has an origin in 2.0.1 codes, and an author where a person gave it (dtrx-1)',
    ),
  ]
}

function isOrigin(origins: ReturnType<typeof readExtensions>): boolean {
  const source = readExtension(origins[0], 'source')?.valueCode ?? ''
  const hasAuthor = readExtension(origins[0], 'author') !== undefined
  return origins.length === 1 && ['auto', 'override', 'manual'].includes(source) && hasAuthor === (source !== 'auto')
}

const sourceOf = (item: QuestionnaireResponseItem | undefined): string | undefined =>
  readExtension(readExtension(item?.answer?.[0], EXT.informationOrigin), 'source')?.valueCode

/** Origins and required answers against a questionnaire; only the first answer counts, and conditions do not (traps e, j). */
export function contentFaults(
  response: QuestionnaireResponse,
  questionnaire: Questionnaire,
  origins: readonly string[] = ['auto', 'manual', 'override'],
): string[] {
  const given = listResponseItems(response.item)
  const present = new Set(given.map(sourceOf))
  const faults = origins.filter((origin) => !present.has(origin)).map((origin) => `an answer is ${origin}`)
  for (const item of listItems(questionnaire.item)) {
    const source = sourceOf(given.find(({ linkId }) => linkId === item.linkId))
    const isPopulated = (item.extension ?? []).some(({ url }) => (POPULATING as string[]).includes(url))
    if (source !== undefined && isPopulated !== (source !== 'manual')) faults.push(`${item.linkId} is ${source}`)
    const hasAnswer = given.some(
      ({ linkId, answer, item: below }) => linkId === item.linkId && (answer ?? below) !== undefined,
    )
    if (item.required === true && !hasAnswer) faults.push(`${item.linkId} is required`)
  }
  return faults
}

export function listItems(items: readonly QuestionnaireItem[] | undefined): QuestionnaireItem[] {
  return (items ?? []).flatMap((item) => [item, ...listItems(item.item)])
}
