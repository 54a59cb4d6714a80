/**
 * Decides by the policy: a criterion that is not met denies; one that cannot be judged holds the request, asking for what
 * would tell; and where all are met, each line gets what the plan's limits allow.
 */
import type { ClaimItem, QuestionnaireResponse } from 'fhir/r4'
import { evaluatePath, judgeCriterion } from './criterion.ts'
import type { PasRequest } from './pas-request.ts'
import type { PayerQuestionnaire } from './payer-questionnaire.ts'
import type { Criterion, Policy } from './policy.ts'
import type { InformationNeed, LineVerdict, Verdict } from './verdict.ts'

/** "Complete the payer's questionnaire" (spec pas.md §6.4). */
export const QUESTIONNAIRE_LOINC = '102089-0'
/** An infusion: its first hour is one code, each further hour another. */
const FURTHER_HOUR = '96415'

/** Whether what the answers leave open was shown by documents that this payer asked for, and somebody read. */
type Documents = 'none' | 'documents-show-the-rest'

/** The verdict on a request as it stands on a day. */
export function decideByPolicy(
  request: PasRequest,
  own: PayerQuestionnaire,
  today: string,
  documents: Documents = 'none',
): Verdict {
  const response = findResponse(request, own)
  if (response === undefined)
    return { kind: 'pended', lines: pendAll(request), needs: [{ loinc: QUESTIONNAIRE_LOINC, text: 'Questionnaire' }] }
  const findings = own.policy.criteria.map((criterion) => ({
    criterion,
    finding: judgeCriterion(criterion.expression, response, today),
  }))
  const having = (finding: string): Criterion[] =>
    findings.filter((one) => one.finding === finding).map((one) => one.criterion)
  const failed = having('not-met')
  if (failed.length > 0) return { kind: 'decided', byHuman: false, lines: denyAll(request, failed) }
  const shown = (criterion: Criterion): boolean =>
    documents === 'documents-show-the-rest' && readNeed(criterion).length > 0
  const open = having('unknown').filter((criterion) => !shown(criterion))
  if (open.length > 0)
    return {
      kind: 'pended',
      lines: pendAll(
        request,
        open.map((criterion) => `Not yet shown: ${criterion.label}.`),
      ),
      needs: open.flatMap(readNeed),
    }
  return { kind: 'decided', byHuman: false, lines: applyLimits(request, response, own.policy, today) }
}

/** Every line pended, with the same words. */
export function pendAll(request: PasRequest, notes: readonly string[] = []): LineVerdict[] {
  return (request.claim.item ?? []).map(({ sequence }) => ({ sequence, action: 'A4', reasons: [], notes }))
}

function denyAll(request: PasRequest, failed: readonly Criterion[]): LineVerdict[] {
  const reasons = [...new Set(failed.map((criterion) => criterion.denialReason))]
  const notes = failed.map((criterion) => criterion.reason)
  return (request.claim.item ?? []).map(({ sequence }) => ({ sequence, action: 'A3', reasons, notes }))
}

function readNeed(criterion: Criterion): InformationNeed[] {
  const { whenUnknown, requestLoinc, label } = criterion
  return whenUnknown === 'request-information' && requestLoinc !== undefined
    ? [{ loinc: requestLoinc, text: label }]
    : []
}

function findResponse({ bundle }: PasRequest, own: PayerQuestionnaire): QuestionnaireResponse | undefined {
  return bundle.entry
    ?.map((entry) => entry.resource)
    .find(
      (resource): resource is QuestionnaireResponse =>
        resource?.resourceType === 'QuestionnaireResponse' &&
        resource.questionnaire?.split('|')[0] === own.questionnaire.url,
    )
}

function applyLimits(
  request: PasRequest,
  response: QuestionnaireResponse,
  policy: Policy,
  today: string,
): LineVerdict[] {
  const hours = policy.limits.byPlan[readPlan(request) ?? '']?.maxHoursPerInfusion ?? policy.limits.maxHoursPerInfusion
  const number = (linkId: string): number | undefined => readNumber(response, linkId, today)
  return (request.claim.item ?? []).map((item) => {
    if (hasCode(item, FURTHER_HOUR)) return limitFurtherHours(item, hours, number('drug.administrations'), policy)
    return limitDose(item, number('drug.dose'), policy)
  })
}

/** The dose at the start: the allowed share of what was asked, in whole units for each administration. */
function limitDose(item: ClaimItem, doseMgPerKg: number | undefined, { limits }: Policy): LineVerdict {
  const asked = item.quantity?.value
  const isDrug = item.productOrService.coding?.some((coding) => /^[JQ]\d{4}$/.test(coding.code ?? ''))
  if (!isDrug || doseMgPerKg === undefined || asked === undefined || doseMgPerKg <= limits.maxStartDoseMgPerKg)
    return approve(item)
  const note = `A treatment starts at ${limits.maxStartDoseMgPerKg} mg/kg at most; ${doseMgPerKg} mg/kg was asked for.`
  const allowed = Math.ceil((asked * limits.maxStartDoseMgPerKg) / doseMgPerKg)
  return { sequence: item.sequence, action: 'A6', allowed, reasons: [limits.denialReason], notes: [note] }
}

/** Further hours: as many as the plan pays beside the first one of each infusion; none is a denial. */
function limitFurtherHours(
  item: ClaimItem,
  hours: number,
  administrations: number | undefined,
  { limits }: Policy,
): LineVerdict {
  const asked = item.quantity?.value
  const allowed = (hours - 1) * (administrations ?? asked ?? 0)
  if (asked === undefined || asked <= allowed) return approve(item)
  const reasons = [limits.denialReason]
  const notes = [`This plan pays ${hours === 1 ? 'one hour' : `${hours} hours`} of each infusion.`]
  return allowed === 0
    ? { sequence: item.sequence, action: 'A3', reasons, notes }
    : { sequence: item.sequence, action: 'A6', allowed, reasons, notes }
}

function approve({ sequence }: ClaimItem): LineVerdict {
  return { sequence, action: 'A1', reasons: [], notes: [] }
}

function hasCode(item: ClaimItem, code: string): boolean {
  return item.productOrService.coding?.some((coding) => coding.code === code) === true
}

function readPlan({ bundle }: PasRequest): string | undefined {
  const coverage = bundle.entry
    ?.map((entry) => entry.resource)
    .find((resource) => resource?.resourceType === 'Coverage')
  return coverage?.resourceType === 'Coverage'
    ? coverage.class?.find((one) => one.type.coding?.some((coding) => coding.code === 'plan'))?.value
    : undefined
}

/** A number or the value of a quantity answered under a link id. */
function readNumber(response: QuestionnaireResponse, linkId: string, today: string): number | undefined {
  const answers = `%resource.repeat(item).where(linkId = '${linkId}').answer.value`
  const [value] = evaluatePath(
    `${answers}.ofType(Quantity).value | ${answers}.ofType(decimal) | ${answers}.ofType(integer)`,
    response,
    today,
  )
  const number = Number(value)
  return value === undefined || Number.isNaN(number) ? undefined : number
}
