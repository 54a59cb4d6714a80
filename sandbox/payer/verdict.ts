/** What a payer made of a request, before it is written as FHIR. */

/** Every X12 306 code of the specification (pas.md §3.5). */
export const REVIEW_ACTIONS = ['A1', 'A2', 'A3', 'A4', 'A6', 'C', 'CT', 'NA'] as const
export type ReviewAction = (typeof REVIEW_ACTIONS)[number]

export interface LineVerdict {
  readonly sequence: number
  readonly action: ReviewAction
  /** What is allowed in place of what was asked; only with A2 and A6. */
  readonly allowed?: number
  /** Decision reasons (code list 886). */
  readonly reasons: readonly string[]
  /** The payer's words on this line. */
  readonly notes: readonly string[]
}

/** A document or result that the payer waits for. */
export interface InformationNeed {
  /** LOINC. */
  readonly loinc: string
  readonly text: string
}

export interface MemberFault {
  /** X12 901 (AAA03). */
  readonly code: string
  /** X12 889 (AAA04). */
  readonly followUp: string
  /** X12 place of the fault, e.g. `2010C-NM109`. */
  readonly element: string
  /** FHIRPath from the Bundle. */
  readonly path: string
  readonly note: string
}

export type Verdict =
  | { readonly kind: 'decided'; readonly lines: readonly LineVerdict[]; readonly byHuman: boolean }
  | { readonly kind: 'pended'; readonly lines: readonly LineVerdict[]; readonly needs: readonly InformationNeed[] }
  | { readonly kind: 'rejected'; readonly fault: MemberFault }
