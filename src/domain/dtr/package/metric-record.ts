/**
 * The record of one session by logical model DTRMetricData (dtr.md §9): collected, never exchanged by DTR itself. It holds
 * codes, counts and times. `exportMetricRecord` also leaves out what leads to a person's case.
 */
import type { CodeableConcept, Coding, QuestionnaireResponse } from 'fhir/r4'
import type { CoverageInformation } from '../../crd/coverage-information.ts'
import { EXT, SYSTEM } from '../../fhir/canonical.ts'
import { readExtension } from '../../fhir/extension.ts'
import { millisecondsBetween } from '../../time.ts'
import { listResponseItems } from '../response/response-answers.ts'

export type MetricActionDetail = 'launch' | 'qpackage' | 'mrquery' | 'userresponse' | 'nextq' | 'storeqr'

export interface MetricAction {
  readonly actionDetail: MetricActionDetail
  readonly requestTime: string
  readonly responseTime: string | null
  readonly httpResponse: number | null
  readonly questionnaire: string | null
  /** Issue types of an OperationOutcome; never its words. */
  readonly issues: readonly string[]
}

export interface MetricForm {
  readonly canonical: string
  readonly adaptive: boolean
  /** The payer's draft held answers. */
  readonly populated: boolean
  readonly failures: readonly string[]
  readonly enabledQuestions: number
  /** As last saved. */
  readonly response: QuestionnaireResponse
  readonly openedAt: string
  readonly closedAt: string
}

export interface MetricInput {
  readonly app: string
  readonly providerNpi: string | null
  readonly groupNpi: string
  readonly payer: { readonly system: string; readonly value: string }
  readonly orders: readonly CodeableConcept[]
  readonly coverageInformation: readonly CoverageInformation[]
  /** A response was there before this session. */
  readonly resumed: boolean
  readonly fromTask: boolean
  readonly actions: readonly MetricAction[]
  readonly resources: readonly { readonly type: string; readonly count: number }[]
  readonly forms: readonly MetricForm[]
}

export interface MetricRecord {
  readonly source: 'DTRApp-src'
  readonly sofApp: string
  readonly providerId?: { readonly system: string; readonly value: string }
  readonly groupId: { readonly system: string; readonly value: string }
  readonly payerId: { readonly system: string; readonly value: string }
  readonly assertionId: readonly string[]
  readonly docReason: readonly string[]
  readonly launchMode: 'crdlaunch' | 'relaunch' | 'salaunch' | 'cdexlaunch'
  readonly orderItem: readonly CodeableConcept[]
  readonly action: readonly object[]
  readonly resources: readonly object[]
  readonly questionnaire: readonly object[]
  readonly coverageInfo: readonly object[]
}

/** Builds the record. */
export function buildMetricRecord(input: MetricInput): MetricRecord {
  const said = input.coverageInformation
  const npi = (value: string): { system: string; value: string } => ({ system: SYSTEM.npi, value })
  return {
    source: 'DTRApp-src',
    sofApp: input.app,
    ...(input.providerNpi === null ? {} : { providerId: npi(input.providerNpi) }),
    groupId: npi(input.groupNpi),
    payerId: input.payer,
    assertionId: distinct(said.flatMap(({ assertionId }) => assertionId ?? [])),
    docReason: distinct(said.flatMap(({ docPurpose }) => docPurpose)),
    launchMode: launchModeOf(input),
    orderItem: input.orders,
    action: [...launchAction(input.actions), ...input.actions.map(writeAction)],
    resources: input.resources.filter(({ count }) => count > 0),
    questionnaire: input.forms.map(writeForm),
    coverageInfo: said.map((one) => writeCoverage(one, input.forms)),
  }
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)]

function launchModeOf({ fromTask, resumed, coverageInformation }: MetricInput): MetricRecord['launchMode'] {
  if (fromTask) return 'cdexlaunch'
  if (resumed) return 'relaunch'
  return coverageInformation.length > 0 ? 'crdlaunch' : 'salaunch'
}

/** For a SMART app the launch lasts from its first action to its last. */
function launchAction(actions: readonly MetricAction[]): object[] {
  const times = actions
    .flatMap(({ requestTime, responseTime }) => [requestTime, responseTime ?? requestTime])
    .toSorted()
  const [first] = times
  return first === undefined ? [] : [{ actionDetail: 'launch', requestTime: first, responseTime: times.at(-1) }]
}

function writeAction(action: MetricAction): object {
  const { actionDetail, requestTime, responseTime, httpResponse, questionnaire, issues } = action
  return {
    actionDetail,
    requestTime,
    ...(responseTime === null ? {} : { responseTime }),
    ...(httpResponse === null ? {} : { httpResponse }),
    ...(questionnaire === null ? {} : { questionnaire }),
    ...(issues.length === 0 ? {} : { issue: issues.map((code) => ({ code })) }),
  }
}

function writeForm(form: MetricForm): object {
  const sources = listResponseItems(form.response.item)
    .flatMap(({ answer }) => answer ?? [])
    .map((answer) => readExtension(answer, EXT.informationOrigin))
  const sourceOf = (origin: (typeof sources)[number]): string => readExtension(origin, 'source')?.valueCode ?? ''
  const automatic = sources.filter((origin) => /^auto|^override$/.test(sourceOf(origin))).length
  const interactions = new Map<string, { role: Coding; roleAction: string; count: number }>()
  for (const origin of sources) {
    const roleAction = sourceOf(origin)
    if (roleAction !== 'override' && roleAction !== 'manual') continue
    const role = roleOf(origin)
    const key = `${role.code ?? ''}|${roleAction}`
    interactions.set(key, { role, roleAction, count: (interactions.get(key)?.count ?? 0) + 1 })
  }
  return {
    reference: form.canonical,
    adaptive: form.adaptive,
    populated: form.populated,
    ...(form.failures.length === 0 ? {} : { failure: form.failures.map((code) => ({ coding: [{ code }] })) }),
    // Both are positiveInt: none is left out.
    ...(form.enabledQuestions === 0 ? {} : { enabledQuestions: form.enabledQuestions }),
    ...(automatic === 0 ? {} : { autoPopulated: automatic }),
    roleInteraction: [...interactions.values()].map(({ role, ...rest }) => ({ role: { coding: [role] }, ...rest })),
    elapsedTime: clockTime(millisecondsBetween(form.openedAt, form.closedAt)),
  }
}

/** A role by code alone: names of people stay out. */
function roleOf(origin: ReturnType<typeof readExtension>): Coding {
  const author = readExtension(origin, 'author')
  const coding = readExtension(author, 'role')?.valueCodeableConcept?.coding?.[0]
  if (coding?.code !== undefined) return { system: coding.system ?? SYSTEM.nucc, code: coding.code }
  return { code: readExtension(author, 'practitioner') === undefined ? 'staff' : 'practitioner' }
}

function clockTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.min(23, Math.floor(seconds / 3600)))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

function writeCoverage(said: CoverageInformation, forms: readonly MetricForm[]): object {
  return {
    ...(said.covered === null ? {} : { covered: said.covered }),
    ...(said.paNeeded === null ? {} : { paNeeded: said.paNeeded }),
    ...(said.docNeeded[0] === undefined ? {} : { docNeeded: said.docNeeded[0] }),
    ...(said.infoNeeded[0] === undefined ? {} : { infoNeeded: said.infoNeeded[0] }),
    questionnaire: said.questionnaires.map((reference) => ({
      reference,
      adaptive: forms.some(({ canonical, adaptive }) => adaptive && canonical === reference),
      response: forms.some(({ canonical }) => canonical === reference),
    })),
    assertionId: said.assertionId ?? '',
    ...(said.satisfiedPaId === null ? {} : { satisfiedId: said.satisfiedPaId }),
  }
}

/** The record as it may leave the installation: no assertion ids and PA numbers, which lead to a case. */
export function exportMetricRecord(record: MetricRecord): Omit<MetricRecord, 'assertionId'> {
  const { assertionId: _assertions, coverageInfo, ...rest } = record
  const withoutNumbers = coverageInfo.map((info) =>
    Object.fromEntries(Object.entries(info).filter(([name]) => name !== 'assertionId' && name !== 'satisfiedId')),
  )
  return { ...rest, coverageInfo: withoutNumbers }
}
