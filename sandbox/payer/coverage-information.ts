/**
 * Builds the coverage-information extension in the payer's dialect (CRD 2.2.1 and 2.0.1). `doc-purpose` is left out:
 * invariant crd-ci-q4 as published fails for every `withpa` beside anything but `satisfied`.
 */
import type { Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { addToDate } from '../../src/domain/time.ts'
import type { CoverageRule } from './coverage-rules.ts'
import type { CrdDialect } from './options.ts'

export interface CoverageStatement {
  /** Reference to the Coverage on the caller's system. */
  readonly coverage: string
  readonly rule: CoverageRule
  readonly questionnaire: string
  readonly assertionId: string
  /** Date of the statement, `YYYY-MM-DD`. */
  readonly date: string
  readonly payer: { readonly name: string; readonly phone: string; readonly policyUrl: string }
}

const STATEMENT_LIFE_DAYS = 90
const INSTRUCTIONS = 'Screening results must not be older than twelve months on the first day of treatment.'

/** The extension for one order. */
export function buildCoverageInformation(statement: CoverageStatement, dialect: CrdDialect): Extension {
  return { url: EXT.coverageInformation, extension: dialect === '2.2' ? build22(statement) : build201(statement) }
}

function build22(statement: CoverageStatement): Extension[] {
  const { rule, payer } = statement
  const documented = rule.paNeeded === 'auth-needed'
  const expiry = addToDate(statement.date, { days: STATEMENT_LIFE_DAYS })
  return [
    ...buildCommon(statement),
    ...(documented
      ? [
          buildDetail('cat-decisional', 'instructions', { valueString: INSTRUCTIONS }),
          buildDetail('cat-other', 'policy-link', { valueUrl: payer.policyUrl }),
        ]
      : []),
    {
      url: 'contact',
      valueContactDetail: {
        name: `${payer.name}, utilization management`,
        telecom: [{ system: 'phone', value: payer.phone }],
      },
    },
    ...(expiry === undefined ? [] : [{ url: 'expiry-date', valueDate: expiry }]),
  ]
}

/** 2.0.1: no category and no link in details, ContactPoint as contact, no expiry date (CRD §3.1). */
function build201(statement: CoverageStatement): Extension[] {
  return [
    ...buildCommon(statement),
    { url: 'contact', valueContactPoint: { system: 'phone', value: statement.payer.phone } },
  ]
}

/** What both dialects say alike. */
function buildCommon({ coverage, rule, questionnaire, date, assertionId }: CoverageStatement): Extension[] {
  const documented = rule.paNeeded === 'auth-needed'
  return [
    { url: 'coverage', valueReference: { reference: coverage } },
    { url: 'covered', valueCode: 'covered' },
    { url: 'pa-needed', valueCode: rule.paNeeded },
    ...(documented ? [{ url: 'doc-needed', valueCode: 'clinical' }] : []),
    ...(rule.billing === null ? [] : [{ url: 'billingCode', valueCoding: { ...rule.billing } }]),
    { url: 'reason', valueCodeableConcept: { text: rule.reason } },
    ...(documented ? [{ url: 'questionnaire', valueCanonical: questionnaire }] : []),
    { url: 'date', valueDate: date },
    { url: 'coverage-assertion-id', valueString: assertionId },
  ]
}

function buildDetail(category: string, code: string, value: Pick<Extension, 'valueString' | 'valueUrl'>): Extension {
  const codings = [SYSTEM.crdCoverageDetail, SYSTEM.crdTemp].map((system) => ({ system, code }))
  return {
    url: 'detail',
    extension: [
      { url: 'category', valueCode: category },
      { url: 'code', valueCodeableConcept: { coding: codings } },
      { url: 'value', ...value },
    ],
  }
}
