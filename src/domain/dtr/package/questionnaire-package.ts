/**
 * Reads what a payer answers to `$questionnaire-package`, by structure and not by names, since the versions differ:
 * Parameters with `packagebundle`, `PackageBundle` or `return`, a bare Bundle, or only an outcome (DTR 2.0.1, 2.1, 2.2).
 * Nothing is rejected for its profile.
 */
import type {
  Bundle,
  FhirResource,
  Library,
  OperationOutcome,
  Parameters,
  Questionnaire,
  QuestionnaireResponse,
  ValueSet,
} from 'fhir/r4'
import { EXT } from '../../fhir/canonical.ts'
import { readExtension, readExtensions } from '../../fhir/extension.ts'
import { err, ok, type Failure, type Result } from '../../result.ts'
import { canonicalOf } from '../response/questionnaire-response.ts'
import { assembleQuestionnaire, isNamedBy, listNamedForms } from './assembly.ts'
import { findShapeFault } from './questionnaire-shape.ts'
import { readSoundJson } from './sound-json.ts'
import { isValueSetFor } from './value-sets.ts'

export interface QuestionnairePackage {
  readonly questionnaire: Questionnaire
  /** The payer's draft, where the package brings one for this questionnaire. */
  readonly draft: QuestionnaireResponse | null
  readonly valueSets: readonly ValueSet[]
  readonly libraries: readonly Library[]
}

export interface PackageAnswer {
  readonly packages: readonly QuestionnairePackage[]
  /** The payer's instructions or warnings: shown in its own words. */
  readonly outcome: OperationOutcome | null
}

export type PackageFailure = Failure<'package-nonsense' | 'package-without-questionnaire' | 'package-malformed'>

const NOTHING: PackageAnswer = { packages: [], outcome: null }

/**
 * Parses an answer. No package is an answer too: an outcome that says why, or nothing at all, which is how a payer says that
 * nothing changed (the body is undefined then). A body that is no FHIR, a package without a questionnaire and a questionnaire
 * that is none are failures with their reason.
 */
export function parseQuestionnairePackage(body: unknown): Result<PackageAnswer, PackageFailure> {
  if (body === undefined) return ok(NOTHING)
  const resource = asResource(readSoundJson(body))
  if (resource === undefined) return err({ reason: 'package-nonsense' })
  const resources = resource.resourceType === 'Parameters' ? readParameters(resource) : [resource]
  const bundles = resources.filter((one): one is Bundle<FhirResource> => one.resourceType === 'Bundle')
  const outcome = resources.find((one) => one.resourceType === 'OperationOutcome') ?? null
  const stray = resources.find((one) => one.resourceType !== 'Bundle' && one.resourceType !== 'OperationOutcome')
  if (stray !== undefined && bundles.length === 0)
    return err({ reason: 'package-nonsense', params: { found: stray.resourceType } })
  const packages: QuestionnairePackage[] = []
  for (const bundle of bundles) {
    const read = readBundle(bundle)
    if (!read.ok) return read
    packages.push(...read.value)
  }
  return ok({ packages: withoutRepeated(packages), outcome })
}

function asResource(body: unknown): FhirResource | undefined {
  return typeof body === 'object' && body !== null && 'resourceType' in body && typeof body.resourceType === 'string'
    ? (body as FhirResource)
    : undefined
}

/** What a payer sends is not what its types say: lists may be none, and entries null. */
const listOf = <T>(value: readonly T[] | undefined): T[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []

function readParameters({ parameter }: Parameters): FhirResource[] {
  return listOf(parameter)
    .flatMap(({ resource, part }) => [resource, ...listOf(part).map((inner) => inner.resource)])
    .flatMap((resource) => asResource(resource) ?? [])
}

/** One package a questionnaire: DTR says one each, the public reference payer puts several in one Bundle. */
function readBundle(bundle: Bundle<FhirResource>): Result<QuestionnairePackage[], PackageFailure> {
  const resources = listOf(bundle.entry).flatMap(({ resource }) => asResource(resource) ?? [])
  const of = <T extends FhirResource['resourceType']>(type: T) =>
    resources.filter((one): one is Extract<FhirResource, { resourceType: T }> => one.resourceType === type)
  const drafts = of('QuestionnaireResponse')
  const questionnaires = of('Questionnaire')
  // An empty Bundle says that nothing is needed; libraries and value sets without their form say nothing.
  if (questionnaires.length === 0)
    return resources.length === 0 ? ok([]) : err({ reason: 'package-without-questionnaire' })
  const faults = questionnaires.flatMap((questionnaire) => findShapeFault(questionnaire) ?? [])
  if (faults[0] !== undefined) return err({ reason: 'package-malformed', path: faults[0] })
  const forms = withoutParts(questionnaires)
  return ok(
    forms.map((questionnaire) => ({
      questionnaire: containLookups(assembleQuestionnaire(questionnaire, questionnaires), questionnaires),
      draft:
        drafts.find((draft) => isDraftOf(draft, questionnaire)) ?? (forms.length === 1 ? (drafts[0] ?? null) : null),
      valueSets: of('ValueSet'),
      libraries: of('Library'),
    })),
  )
}

/** Forms of their own: what another one is made of, or opens from a question, is none. */
function withoutParts(questionnaires: readonly Questionnaire[]): Questionnaire[] {
  const isPart = (one: Questionnaire): boolean =>
    questionnaires.some(
      (other) => other !== one && listNamedForms(other).some((canonical) => isNamedBy(one, canonical)),
    )
  return questionnaires.filter((one, index) => index === 0 || !isPart(one))
}

/** The form with the questionnaires that its reference questions open, so that they can be answered anywhere. */
function containLookups(form: Questionnaire, questionnaires: readonly Questionnaire[]): Questionnaire {
  const named = listNamedForms(form).flatMap(
    (canonical) => questionnaires.find((one) => isNamedBy(one, canonical)) ?? [],
  )
  const lookups = [...new Set(named)].filter((one) => one !== form && !(form.contained ?? []).includes(one))
  return lookups.length === 0 ? form : { ...form, contained: [...(form.contained ?? []), ...lookups] }
}

/** Each form once: a payer that answers for every order may send the same one several times. */
function withoutRepeated(packages: readonly QuestionnairePackage[]): QuestionnairePackage[] {
  const key = ({ questionnaire }: QuestionnairePackage): string => canonicalOf(questionnaire)
  return packages.filter((one, index) => packages.findIndex((other) => key(other) === key(one)) === index)
}

function isDraftOf(draft: QuestionnaireResponse, questionnaire: Questionnaire): boolean {
  const canonical = draft.questionnaire ?? ''
  if (canonical.startsWith('#'))
    return draft.contained?.some((one) => isDerivedFrom(one as FhirResource, questionnaire)) === true
  return canonical === canonicalOf(questionnaire) || canonical.split('|')[0] === questionnaire.url
}

/** The copy that an adaptive draft contains: the same id, or derived from the payer's form. */
function isDerivedFrom(contained: FhirResource, { id, url }: Questionnaire): boolean {
  if (contained.resourceType !== 'Questionnaire') return false
  return (
    (id !== undefined && contained.id === id) ||
    contained.derivedFrom?.some((one) => one.split('|')[0] === url) === true
  )
}

/** Whether the form's effective period is over on this date (DTR spec-123, 124). */
export function isExpired(questionnaire: Questionnaire, today: string): boolean {
  const end = questionnaire.effectivePeriod?.end
  return end !== undefined && end.slice(0, 10) < today.slice(0, end.length)
}

/**
 * The questionnaire with the package's value sets that its items name put among its contained resources, so that it can be
 * answered anywhere. The payer's questionnaire itself is not changed.
 */
export function completeQuestionnaire({
  questionnaire,
  valueSets,
}: Pick<QuestionnairePackage, 'questionnaire' | 'valueSets'>): Questionnaire {
  const contained = questionnaire.contained ?? []
  const needed = new Set<ValueSet>()
  for (const canonical of valueSetsOf(questionnaire)) {
    const isContained = contained.some(
      (one) => one.resourceType === 'ValueSet' && isValueSetFor(one as ValueSet, canonical),
    )
    const set = valueSets.find((one) => isValueSetFor(one, canonical))
    if (!isContained && set !== undefined) needed.add(set)
  }
  // Which set an expression will name is not known before it is evaluated: all of them go along.
  if (namesValueSetsByExpression(questionnaire.item))
    for (const set of valueSets) if (!contained.includes(set)) needed.add(set)
  return needed.size === 0 ? questionnaire : { ...questionnaire, contained: [...contained, ...needed] }
}

/** cqf-expression on answerValueSet. */
function namesValueSetsByExpression(items: Questionnaire['item']): boolean {
  return listOf(items).some(
    ({ _answerValueSet: beside, item }) =>
      readExtension(beside, EXT.cqfExpression) !== undefined || namesValueSetsByExpression(item),
  )
}

function valueSetsOf(questionnaire: Questionnaire): Set<string> {
  const found = new Set<string>()
  const visit = (items: Questionnaire['item']): void => {
    for (const item of items ?? []) {
      if (item.answerValueSet !== undefined) found.add(item.answerValueSet)
      for (const { valueCanonical } of readExtensions(item, EXT.unitValueSet))
        if (typeof valueCanonical === 'string') found.add(valueCanonical)
      visit(item.item)
    }
  }
  visit(questionnaire.item)
  return found
}

/** The payer's words of an outcome. */
export function readOutcomeText(outcome: OperationOutcome): string {
  return listOf(outcome.issue)
    .map(({ details, diagnostics }) => details?.text ?? diagnostics ?? '')
    .filter((text) => text !== '')
    .join(' ')
}
