/** What a form row keeps sealed: `package`, beside the response and its meta, and `work`. */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { AdaptiveView, Difference, EhrConflict, EhrCopy } from '#domain/contract/form.ts'
import type { DeterminationFlag, NumberAcceptance } from '#domain/dtr/adaptive/determination.ts'
import type { FormProblem } from '#domain/dtr/package/error-log.ts'
import type { ChartReading } from '#domain/dtr/population/reopening.ts'
import type { KeptForm } from '#domain/dtr/response/judge-save.ts'
import type { Message } from '#domain/result.ts'

/** The form of every case that has one only; others are `form-2`, `form-3`… */
export const MAIN_FORM = 'main'

/** Forms that the payer asks for after the request was sent: `asked-1`, and `asked-1-2` where its package holds more. */
export const askedFormId = (number: number, place = 0): string =>
  place === 0 ? `asked-${String(number)}` : `asked-${String(number)}-${String(place + 1)}`

export const isAskedForm = (formId: string): boolean => formId.startsWith('asked-')

/** Whether a form is this one that was asked for, or came in its package. */
export const isOfAsked = (formId: string, asked: string): boolean => formId === asked || formId.startsWith(`${asked}-`)

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
  /** Our own clock: what `changedsince` asks by. */
  readonly retrievedAt: string
  /** The exchange that holds the whole package as it was received: libraries and all. */
  readonly exchangeId: string
}

/** The response's copy in the EHR. */
export interface EhrLink {
  readonly state: EhrCopy['state']
  readonly reference: string | null
  /** The EHR's version that we wrote last: the If-Match of the next write. */
  readonly versionId: string | null
  readonly savedAt: string | null
  /** Version of our form that was written. */
  readonly formVersion: number | null
  /** What was written: the base of a merge. */
  readonly written: QuestionnaireResponse | null
  readonly failure: Message | null
}

/** An adaptive form's course. The payer's questionnaire itself is contained in the response, untouched. */
export interface AdaptiveCourse {
  readonly url: string
  readonly state: AdaptiveView['state']
  readonly step: number
  readonly failure: Message | null
  readonly itemIssues: AdaptiveView['itemIssues']
  readonly flags: readonly DeterminationFlag[]
  /** Numbers that a person accepted. Not there in forms that were kept before numbers were accepted. */
  readonly acceptances?: readonly NumberAcceptance[]
}

export interface FormWork {
  readonly notices: readonly Message[]
  readonly problems: readonly FormProblem[]
  readonly ehr: EhrLink
  readonly conflict: EhrConflict | null
  readonly differences: readonly Difference[]
  readonly adaptive: AdaptiveCourse | null
  /** Launches that read the chart for it, newest last. Not there in forms that were kept before this was noted. */
  readonly readings?: readonly ChartReading[]
}

export const NEW_WORK: FormWork = {
  notices: [],
  problems: [],
  ehr: {
    state: 'none',
    reference: null,
    versionId: null,
    savedAt: null,
    formVersion: null,
    written: null,
    failure: null,
  },
  conflict: null,
  differences: [],
  adaptive: null,
}
