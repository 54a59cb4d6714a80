/** `$questionnaire-package` of DTR 2.2 (spec dtr.md §2): checks the input, answers with the form, its value sets and a draft. */
import type { Bundle, Coverage, FhirResource, OperationOutcome, Parameters, QuestionnaireResponse } from 'fhir/r4'
import { EXT, PROFILE } from '../../src/domain/fhir/canonical.ts'
import { buildOperationOutcome } from '../../src/domain/fhir/operation-outcome.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { findCoverageRule } from './coverage-rules.ts'
import { collectFaults } from './faults.ts'
import { parseJsonObject, refuse, type Refusal } from './fhir-http.ts'
import { isMemberId } from './pas-entry-rules.ts'
import type { DtrDialect } from './options.ts'
import { isAdaptive, type PackagedForm, type PayerQuestionnaire } from './payer-questionnaire.ts'

export interface PackageRequest {
  readonly coverage: Coverage
  readonly orders: readonly FhirResource[]
  readonly canonicals: readonly string[]
  /** An assertion, or the trace number of a request that waits for a form. */
  readonly context: string | null
  readonly changedSince: string | null
}

const ORDER_TYPES: ReadonlySet<string> = new Set([
  'Appointment',
  'Encounter',
  'CommunicationRequest',
  'DeviceRequest',
  'MedicationRequest',
  'NutritionOrder',
  'ServiceRequest',
  'SupplyRequest',
  'VisionPrescription',
])
/** `referenced` has left the operation but not the narrative, and slicing is open: tolerated. */
const NAMES: ReadonlySet<string> = new Set([
  'coverage',
  'order',
  'referenced',
  'questionnaire',
  'context',
  'changedsince',
])
const CONTEXT_TYPES: ReadonlySet<string> = new Set([
  'DeviceRequest',
  'MedicationRequest',
  'NutritionOrder',
  'ServiceRequest',
  'Encounter',
  'Appointment',
])

/** Parses the input Parameters. 404 where the payer does not know the coverage or the context (spec-130). */
export function parsePackageRequest(
  body: unknown,
  knowsAssertion: (assertionId: string) => boolean,
  dialect: DtrDialect = '2.2',
): Result<PackageRequest, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  const parameters = parsed.value as unknown as Parameters
  if (parameters.resourceType !== 'Parameters' || !Array.isArray(parameters.parameter))
    return err(refuse(400, 'structure', 'The body must be Parameters.', 'Parameters'))
  const all = parameters.parameter
  const named = (name: string): typeof all => all.filter((one) => one.name === name)
  const { need, list } = collectFaults()
  all.forEach((one, index) =>
    need(NAMES.has(one.name), `Parameters.parameter[${index}].name`, 'Is no input of this operation.', 'value'),
  )
  const coverages = named('coverage')
  const coverage = coverages[0]?.resource as FhirResource | undefined
  need(
    (dialect === '2.2' ? coverages.length === 1 : coverages.length > 0) && coverage?.resourceType === 'Coverage',
    "Parameters.parameter('coverage')",
    dialect === '2.2' ? 'Exactly one Coverage is required.' : 'A Coverage is required.',
    'required',
  )
  const orders = named('order').flatMap((one) => (one.resource as FhirResource | undefined) ?? [])
  need(
    orders.every((order) => ORDER_TYPES.has(order.resourceType)),
    "Parameters.parameter('order')",
    'Is no order.',
    'value',
  )
  const canonicals = named('questionnaire').flatMap((one) => one.valueCanonical ?? [])
  need(
    canonicals.length === named('questionnaire').length,
    "Parameters.parameter('questionnaire')",
    'Must be a canonical.',
    'value',
  )
  const [context, second] = named('context')
  need(second === undefined, "Parameters.parameter('context')", 'At most one.', 'value')
  need(
    orders.length + canonicals.length + named('context').length > 0,
    'Parameters',
    'Needs an order, a questionnaire or a context (dtr-1).',
  )
  const [first, ...rest] = list()
  if (first !== undefined) return err({ status: 400, issues: [first, ...rest] })
  if (coverage?.resourceType !== 'Coverage' || coverage.identifier?.some(isMemberId) !== true)
    return err(refuse(404, 'not-found', 'No member is known under this coverage.', "Parameters.parameter('coverage')"))
  if (context !== undefined && !knowsAssertion(context.valueString ?? ''))
    return err(refuse(404, 'not-found', 'This context is not known.', "Parameters.parameter('context')"))
  return ok({
    coverage,
    orders,
    canonicals,
    context: context?.valueString ?? null,
    changedSince: named('changedsince')[0]?.valueInstant ?? null,
  })
}

interface Frame {
  readonly now: string
  readonly newId: () => string
}

/**
 * The union of the forms for everything that was sent; a canonical that is not ours is a warning, not an error. `further` are
 * the member's forms beside the payer's own. 2.0.1 answers with the bare Bundle where there is one form and nothing to say.
 */
export function buildPackageAnswer(
  request: PackageRequest,
  own: PayerQuestionnaire,
  frame: Frame,
  { dialect = '2.2', further = [], instead = [] }: PackageOptions = {},
): Parameters | Bundle<FhirResource> {
  const known = request.canonicals.filter((canonical) => isOwn(canonical, own))
  const unknown = request.canonicals.filter((canonical) => !known.includes(canonical))
  const needing = request.orders.filter((order) => findCoverageRule(order)?.paNeeded === 'auth-needed')
  const asked = request.canonicals.length > 0 ? known.length > 0 : request.orders.length === 0 || needing.length > 0
  const unchanged = asked && request.changedSince !== null && (own.questionnaire.date ?? '9999') <= request.changedSince
  const notes = [
    ...unknown.map(
      (canonical) => ({ severity: 'warning', code: 'not-found', text: `${canonical} is not known here.` }) as const,
    ),
    ...(unchanged ? [{ severity: 'information', code: 'informational', text: 'Nothing has changed.' } as const] : []),
    ...(asked
      ? []
      : [{ severity: 'information', code: 'informational', text: 'No documentation is needed for this.' } as const]),
  ]
  const [first, ...rest] = notes
  const outcome: OperationOutcome | undefined =
    first === undefined ? undefined : buildOperationOutcome([first, ...rest])
  const forms = instead.length > 0 ? instead : [own, ...(request.canonicals.length > 0 ? [] : further)]
  const packages = asked && !unchanged ? forms.map((form) => buildPackage(request, needing, form, frame, dialect)) : []
  const [bare, ...others] = packages
  if (dialect === '2.0.1' && bare !== undefined && others.length === 0 && outcome === undefined) return bare
  const names =
    dialect === '2.2' ? { form: 'packagebundle', outcome: 'outcome' } : { form: 'PackageBundle', outcome: 'Outcome' }
  return {
    resourceType: 'Parameters',
    id: frame.newId(),
    meta: { profile: [PROFILE.dtrPackageOutput] },
    parameter: [
      ...packages.map((resource) => ({ name: names.form, resource })),
      ...(outcome === undefined ? [] : [{ name: names.outcome, resource: outcome }]),
    ],
  }
}

export interface PackageOptions {
  readonly dialect?: DtrDialect
  readonly further?: readonly PackagedForm[]
  /** What is asked for in place of the payer's own form. */
  readonly instead?: readonly PackagedForm[]
}

function isOwn(canonical: string, own: PayerQuestionnaire): boolean {
  return canonical === own.canonical || canonical === own.questionnaire.url
}

function buildPackage(
  request: PackageRequest,
  needing: readonly FhirResource[],
  form: PackagedForm,
  frame: Frame,
  dialect: DtrDialect,
): Bundle<FhirResource> {
  const { questionnaire, libraries, valueSets } = form
  // DTR 2.2 wants a draft in every package; before, the client makes the first response of an adaptive form itself.
  const drafts =
    dialect !== '2.2' && isAdaptive(questionnaire) ? [] : [buildDraft(request, needing, form, frame, dialect)]
  const resources = [questionnaire, ...drafts, ...valueSets, ...libraries]
  return {
    resourceType: 'Bundle',
    id: frame.newId(),
    meta: { profile: [PROFILE.dtrPackageBundle] },
    type: 'collection',
    timestamp: frame.now,
    entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${frame.newId()}`, resource })),
  }
}

/** The response to fill in: bound to the coverage and the orders that it is about, nothing answered yet. */
function buildDraft(
  { coverage }: PackageRequest,
  needing: readonly FhirResource[],
  form: PackagedForm,
  frame: Frame,
  dialect: DtrDialect,
): QuestionnaireResponse {
  const contexts = needing.filter((order) => CONTEXT_TYPES.has(order.resourceType) && order.id !== undefined)
  return {
    resourceType: 'QuestionnaireResponse',
    id: frame.newId(),
    meta: { profile: [PROFILE.dtrQuestionnaireResponse] },
    extension: [
      {
        url: dialect === '2.2' ? EXT.qrCoverage : EXT.qrContext,
        valueReference: { reference: `Coverage/${coverage.id ?? ''}` },
      },
      ...contexts.map((order) => ({
        url: EXT.qrContext,
        valueReference: { reference: `${order.resourceType}/${order.id ?? ''}` },
      })),
      {
        url: EXT.intendedUse,
        valueCodeableConcept: { coding: [{ system: INTENDED_USE_SYSTEM[dialect], code: 'withpa' }] },
      },
    ],
    questionnaire: form.canonical,
    status: 'in-progress',
    subject: coverage.beneficiary,
    authored: frame.now,
  }
}

const INTENDED_USE_SYSTEM: Readonly<Record<DtrDialect, string>> = {
  '2.2': 'http://hl7.org/fhir/us/davinci-crd/CodeSystem/coverage-information-codes',
  '2.0.1': 'http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp',
}
