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
import { err, ok, type Failure, type Result } from '../result.ts'
import { canonicalOf } from './questionnaire-response.ts'
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

export type PackageFailure = Failure<'package-nonsense'>

/**
 * Parses an answer. No package with an outcome, or none at all, is an answer too (nothing is needed); a body that is no
 * FHIR is a failure.
 */
export function parseQuestionnairePackage(body: unknown): Result<PackageAnswer, PackageFailure> {
  const resource = asResource(body)
  if (resource === undefined) return err({ reason: 'package-nonsense' })
  const resources = resource.resourceType === 'Parameters' ? readParameters(resource) : [resource]
  const bundles = resources.filter((one): one is Bundle<FhirResource> => one.resourceType === 'Bundle')
  const outcome = resources.find((one) => one.resourceType === 'OperationOutcome') ?? null
  const stray = resources.find((one) => one.resourceType !== 'Bundle' && one.resourceType !== 'OperationOutcome')
  if (stray !== undefined && bundles.length === 0)
    return err({ reason: 'package-nonsense', params: { found: stray.resourceType } })
  return ok({ packages: bundles.flatMap(readBundle), outcome })
}

function asResource(body: unknown): FhirResource | undefined {
  return typeof body === 'object' && body !== null && 'resourceType' in body && typeof body.resourceType === 'string'
    ? (body as FhirResource)
    : undefined
}

function readParameters({ parameter }: Parameters): FhirResource[] {
  return (parameter ?? [])
    .flatMap(({ resource, part }) => [resource, ...(part ?? []).map((inner) => inner.resource)])
    .filter((resource) => resource !== undefined)
    .map((resource) => resource as FhirResource)
}

const isThere = (resource: FhirResource | undefined): resource is FhirResource => resource !== undefined

/** One package a questionnaire: DTR says one each, the public reference payer puts several in one Bundle. */
function readBundle(bundle: Bundle<FhirResource>): QuestionnairePackage[] {
  const resources = (bundle.entry ?? []).map(({ resource }) => resource).filter(isThere)
  const of = <T extends FhirResource['resourceType']>(type: T) =>
    resources.filter((one): one is Extract<FhirResource, { resourceType: T }> => one.resourceType === type)
  const drafts = of('QuestionnaireResponse')
  const questionnaires = of('Questionnaire')
  return questionnaires.map((questionnaire) => ({
    questionnaire,
    draft:
      drafts.find((draft) => isDraftOf(draft, questionnaire)) ??
      (questionnaires.length === 1 ? (drafts[0] ?? null) : null),
    valueSets: of('ValueSet'),
    libraries: of('Library'),
  }))
}

function isDraftOf(draft: QuestionnaireResponse, questionnaire: Questionnaire): boolean {
  const canonical = draft.questionnaire ?? ''
  return canonical === canonicalOf(questionnaire) || canonical.split('|')[0] === questionnaire.url
}

/** Whether the form's effective period is over on this date (DTR spec-123, 124). */
export function isExpired(questionnaire: Questionnaire, today: string): boolean {
  const end = questionnaire.effectivePeriod?.end
  return end !== undefined && end.slice(0, 10) < today.slice(0, end.length)
}

/** Whether the payer asks its questions one by one (SDC adaptive forms), which has its own operation. */
export function isAdaptive(questionnaire: Questionnaire): boolean {
  return (questionnaire.extension ?? []).some(({ url }) => url.endsWith('/sdc-questionnaire-questionnaireAdaptive'))
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
  return needed.size === 0 ? questionnaire : { ...questionnaire, contained: [...contained, ...needed] }
}

function valueSetsOf(questionnaire: Questionnaire): Set<string> {
  const found = new Set<string>()
  const visit = (items: Questionnaire['item']): void => {
    for (const item of items ?? []) {
      if (item.answerValueSet !== undefined) found.add(item.answerValueSet)
      for (const { url, valueCanonical } of item.extension ?? [])
        if (url.endsWith('/questionnaire-unitValueSet') && valueCanonical !== undefined) found.add(valueCanonical)
      visit(item.item)
    }
  }
  visit(questionnaire.item)
  return found
}

/** The payer's words of an outcome. */
export function readOutcomeText(outcome: OperationOutcome): string {
  return outcome.issue
    .map(({ details, diagnostics }) => details?.text ?? diagnostics ?? '')
    .filter((text) => text !== '')
    .join(' ')
}
