/**
 * Reads ext-coverage-information. Callers upcast first, so one reader serves all dialects; whatever is absent or has no
 * value is null or an empty list. Invariants are warnings: a payer's slip must not cost its statement (crd.md §3.1).
 */
import type { CodeableConcept, Coding, ContactDetail, Extension } from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { codesOf } from './sub-extension.ts'

/** The typed value of a detail; `text` for a boolean, string or quantity as it reads. */
export type DetailValue =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'link'; readonly value: string }
  | {
      readonly kind: 'quantity'
      readonly value: number | null
      readonly unit: string | null
      readonly code: string | null
    }
  | { readonly kind: 'period'; readonly start: string | null; readonly end: string | null }

export interface CoverageDetail {
  readonly category: string | null
  readonly code: string | null
  readonly value: DetailValue | null
  readonly qualification: string | null
}

/** One repetition: what a payer says about one order under one coverage, within a scope. */
export interface CoverageInformation {
  readonly coverage: string | null
  readonly covered: string | null
  readonly paNeeded: string | null
  readonly docNeeded: readonly string[]
  readonly docPurpose: readonly string[]
  readonly infoNeeded: readonly string[]
  readonly billingCodes: readonly Coding[]
  readonly reasons: readonly CodeableConcept[]
  readonly details: readonly CoverageDetail[]
  readonly dependencies: readonly string[]
  readonly questionnaires: readonly string[]
  readonly date: string | null
  readonly assertionId: string | null
  readonly satisfiedPaId: string | null
  readonly contacts: readonly ContactDetail[]
  readonly expiryDate: string | null
}

function readDetailValue(extension: Extension | undefined): DetailValue | null {
  if (extension === undefined) return null
  if (extension.valueBoolean !== undefined) return { kind: 'boolean', value: extension.valueBoolean }
  if (extension.valueUrl !== undefined) return { kind: 'link', value: extension.valueUrl }
  if (extension.valueString !== undefined) return { kind: 'text', value: extension.valueString }
  const { valueQuantity: quantity, valuePeriod: period } = extension
  if (quantity !== undefined)
    return {
      kind: 'quantity',
      value: quantity.value ?? null,
      unit: quantity.unit ?? quantity.code ?? null,
      code: quantity.code ?? null,
    }
  if (period !== undefined) return { kind: 'period', start: period.start ?? null, end: period.end ?? null }
  return null
}

function readDetail(extension: Extension): CoverageDetail {
  return {
    category: readExtension(extension, 'category')?.valueCode ?? null,
    code: readExtension(extension, 'code')?.valueCodeableConcept?.coding?.[0]?.code ?? null,
    value: readDetailValue(readExtension(extension, 'value')),
    qualification: readExtension(extension, 'qualification')?.valueString ?? null,
  }
}

/** Reads one repetition in the 2.2.1 form. */
export function readCoverageInformation(extension: Extension): CoverageInformation {
  const children = extension.extension ?? []
  const all = <T>(name: string, read: (child: Extension) => T | undefined): T[] =>
    children.flatMap((child) => (child.url === name ? (read(child) ?? []) : []) as T[])
  const first = <T>(name: string, read: (child: Extension) => T | undefined): T | null => all(name, read)[0] ?? null
  return {
    coverage: first('coverage', (child) => child.valueReference?.reference),
    covered: codesOf(children, 'covered')[0] ?? null,
    paNeeded: codesOf(children, 'pa-needed')[0] ?? null,
    docNeeded: codesOf(children, 'doc-needed'),
    docPurpose: codesOf(children, 'doc-purpose'),
    infoNeeded: codesOf(children, 'info-needed'),
    billingCodes: all('billingCode', (child) => child.valueCoding),
    reasons: all('reason', (child) => child.valueCodeableConcept),
    details: children.filter(({ url }) => url === 'detail').map(readDetail),
    dependencies: all('dependency', (child) => child.valueReference?.reference),
    questionnaires: all('questionnaire', (child) => child.valueCanonical),
    date: first('date', (child) => child.valueDate),
    assertionId: first('coverage-assertion-id', (child) => child.valueString),
    satisfiedPaId: first('satisfied-pa-id', (child) => child.valueString),
    contacts: all('contact', (child) => child.valueContactDetail),
    expiryDate: first('expiry-date', (child) => child.valueDate),
  }
}

/** The coverage-information repetitions of an order, raw, in order. */
export function listCoverageInformation(order: { extension?: Extension[] | undefined }): Extension[] {
  return (order.extension ?? []).filter(({ url }) => url === EXT.coverageInformation)
}

type Check = (information: CoverageInformation) => boolean
const isAny = (information: CoverageInformation, code: string): boolean =>
  information.covered === code || information.paNeeded === code || information.docNeeded.includes(code)

/**
 * CRD 2.2.1 invariants crd-ci-q1 to q9 as they are meant: q4 and q8 are the readings of crd.md §3.1, since as written q4
 * is empty in the commonest case and q8 exempts a code that the value set lacks.
 */
const INVARIANTS: readonly (readonly [id: string, holds: Check])[] = [
  ['crd-ci-q1', (it) => it.questionnaires.length === 0 || it.docNeeded.length > 0],
  ['crd-ci-q2', (it) => it.covered !== 'not-covered' || it.paNeeded === null],
  ['crd-ci-q3', (it) => !isAny(it, 'conditional') || it.infoNeeded.length > 0],
  ['crd-ci-q4', (it) => it.paNeeded !== 'satisfied' || !it.docPurpose.includes('withpa')],
  ['crd-ci-q5', (it) => (it.paNeeded === 'satisfied') === (it.satisfiedPaId !== null)],
  ['crd-ci-q6', (it) => !it.infoNeeded.includes('OTH') || it.reasons.length > 0],
  ['crd-ci-q7', (it) => it.reasons.every(({ text, coding }) => text !== undefined || (coding?.length ?? 0) > 0)],
  ['crd-ci-q8', (it) => it.docPurpose.length === 0 || it.reasons.length > 0],
  ['crd-ci-q9', (it) => !isAny(it, 'indeterminate') || it.reasons.length > 0],
  ['coverage-required', (it) => it.coverage !== null],
  ['covered-required', (it) => it.covered !== null],
  ['date-required', (it) => it.date !== null],
  ['assertion-id-required', (it) => it.assertionId !== null],
]

/** Ids of the invariants a repetition breaks; empty when it is sound. */
export function listBrokenInvariants(information: CoverageInformation): string[] {
  return INVARIANTS.filter(([, holds]) => !holds(information)).map(([id]) => id)
}
