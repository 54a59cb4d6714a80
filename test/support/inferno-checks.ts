/**
 * What the public DTR test kit (SMART app suite, DTR 2.0.1) asserts of our messages, written anew from its published behaviour
 * (`spec/dtr.md` §10): each gives the faults that it would report.
 */
import type {
  Bundle,
  Expression,
  FhirResource,
  Library,
  Parameters,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4'
import { parseQuestionnairePackage } from '#domain/dtr/package/questionnaire-package.ts'
import { listResponseItems } from '#domain/dtr/response/response-answers.ts'
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

/** A supplied package (1.1.1.03, 3.03): one bundle that our reader takes, with a form and each library that it names. */
export function packageFaults(bundle: Bundle): string[] {
  const read = parseQuestionnairePackage(bundle)
  if (!read.ok) return [read.error.reason]
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => (resource as FhirResource | undefined) ?? [])
  const forms = resources.filter((one): one is Questionnaire => one.resourceType === 'Questionnaire')
  return [
    ...when(forms.length !== 1 || read.value.packages.length !== 1, 'has one questionnaire'),
    ...when(
      forms.some((form) => missingLibraries(form, resources).length > 0),
      'every cqf-library is in the package',
    ),
  ]
}

/** The libraries of a supplied package (1.1.1.04, 1.2.1.06): named once each, with their CQL and their ELM. */
export function libraryFaults(resources: readonly FhirResource[]): string[] {
  const libraries = resources.filter((one) => one.resourceType === 'Library')
  const names = libraries.map(({ name }) => name)
  const has = (library: Library, type: string): boolean =>
    (library.content ?? []).some(({ contentType, data }) => contentType === type && data !== undefined)
  return [
    ...when(libraries.length === 0, 'has a library'),
    ...when(new Set(names).size !== names.length, 'names are unique'),
    ...libraries.flatMap((library) =>
      ['text/cql', 'application/elm+json']
        .filter((type) => !has(library, type))
        .map((type) => `${library.name ?? ''} has ${type}`),
    ),
  ]
}

/**
 * The extensions of a supplied form (1.1.1.05, 1.2.1.08): something fills it, its libraries are in the package by their exact
 * address (trap l), and what it declares is CQL.
 */
export function extensionFaults(form: Questionnaire, resources: readonly FhirResource[]): string[] {
  const declared = [EXT.variable, EXT.itemPopulationContext].flatMap((url) => readExtensions(form, url))
  return [
    ...when(declared.length + populating(form).length === 0, 'something fills it'),
    ...when(
      declared.some(({ valueExpression }) => !isCql(valueExpression)),
      'what it declares is CQL',
    ),
    ...missingLibraries(form, resources).map((canonical) => `${canonical} is in the package`),
  ]
}

/** The expressions of a supplied form's items (1.1.1.06, 1.2.1.09): there are some, and all are CQL. */
export function expressionFaults(form: Questionnaire): string[] {
  const written = populating(form)
  return [
    ...when(written.length === 0, 'an item has an expression'),
    ...when(!written.every(isCql), 'every expression is CQL'),
  ]
}

const populating = (form: Questionnaire): (Expression | undefined)[] =>
  listItems(form.item)
    .flatMap(({ extension = [] }) => extension)
    .filter(({ url }) => (POPULATING as string[]).includes(url))
    .map(({ valueExpression }) => valueExpression)

const isCql = (one: Expression | undefined): boolean => one?.language === 'text/cql' && (one.expression ?? '') !== ''

function missingLibraries(form: Questionnaire, resources: readonly FhirResource[]): string[] {
  const held = resources.flatMap((one) =>
    one.resourceType === 'Library' ? [one.url, `${one.url ?? ''}|${one.version ?? ''}`] : [],
  )
  return readExtensions(form, EXT.cqfLibrary).flatMap(({ valueCanonical = '' }) =>
    held.includes(valueCanonical) ? [] : [valueCanonical],
  )
}

export function listItems(items: readonly QuestionnaireItem[] | undefined): QuestionnaireItem[] {
  return (items ?? []).flatMap((item) => [item, ...listItems(item.item)])
}
