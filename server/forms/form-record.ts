/** What a form row keeps sealed as `package`, beside the response and its meta. */
import type { Questionnaire } from 'fhir/r4'
import type { KeptForm } from '#domain/dtr/judge-save.ts'

export interface FormPackage {
  /** The payer's questionnaire with the value sets of its package contained. */
  readonly questionnaire: Questionnaire
  /** What population gave: what a later save is held against. */
  readonly populated: KeptForm
  /** Chart values that expressions in the browser need. */
  readonly chart: Readonly<Record<string, unknown[]>>
  readonly prefill: { readonly answered: number; readonly total: number }
  /** The payer's own words that came with the package. */
  readonly outcome: string | null
  readonly retrievedAt: string
}
