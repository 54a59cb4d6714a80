/**
 * `$log-questionnaire-errors`: tells the payer that its form did not work (dtr.md §5). Never PHI: a problem is a code, a link
 * id and the name of an expression; values, query addresses and what an engine printed stay here.
 */
import type { OperationOutcome, OperationOutcomeIssue, Parameters } from 'fhir/r4'
import { PROFILE } from '../../fhir/canonical.ts'

/** How a payer takes it: 2.0.1 and 2.1 by their OperationDefinition; 2.2.0 as published; 2.2 as corrected (and its profile). */
export type ErrorLogShape = 'capitalised' | 'resource' | 'listed'

export interface FormProblem {
  /** `syntax`: the expression cannot be read; `execution`: it failed; `missing-library`; `expired-form`; `malformed-form`. */
  readonly kind: 'syntax' | 'execution' | 'missing-library' | 'missing-value-set' | 'expired-form' | 'malformed-form'
  /** Link ids are the form's own words; so is the name of a define. Expressions are not quoted. */
  readonly linkId: string | null
  readonly library: string | null
}

export interface ErrorLogInput {
  readonly questionnaire: string
  readonly problems: readonly FormProblem[]
  readonly app: { readonly name: string; readonly version: string }
  /** ISO 8601 with zone. */
  readonly at: string
  /** The provider's FHIR base. */
  readonly endpoint: string
}

const ISSUE: Readonly<
  Record<FormProblem['kind'], Pick<OperationOutcomeIssue, 'code' | 'severity'> & { text: string }>
> = {
  syntax: { severity: 'error', code: 'invalid', text: 'An expression is malformed.' },
  execution: { severity: 'error', code: 'exception', text: 'An expression failed.' },
  'missing-library': { severity: 'error', code: 'not-found', text: 'A library is not in the package.' },
  'missing-value-set': { severity: 'warning', code: 'not-found', text: 'A value set could not be expanded.' },
  'expired-form': { severity: 'error', code: 'expired', text: 'The effective period of the form is over.' },
  'malformed-form': { severity: 'error', code: 'structure', text: 'The form is not a Questionnaire by its structure.' },
}

/** Builds the input in a payer's shape. Gives null where there is nothing to tell. */
export function buildErrorLog(input: ErrorLogInput, shape: ErrorLogShape): Parameters | null {
  if (input.problems.length === 0) return null
  const outcome = buildOutcome(input)
  const questionnaire = input.questionnaire
  switch (shape) {
    case 'capitalised':
      return parametersOf([
        { name: 'Questionnaire', valueCanonical: questionnaire },
        { name: 'OperationOutcome', resource: outcome },
      ])
    case 'listed':
      return listed(questionnaire, outcome)
    case 'resource':
      return parametersOf([{ name: 'resource', resource: listed(questionnaire, outcome) }])
  }
}

function listed(questionnaire: string, outcome: OperationOutcome): Parameters {
  const parameters = parametersOf([
    { name: 'questionnaire', valueCanonical: questionnaire },
    { name: 'operationOutcome', resource: outcome },
  ])
  return { ...parameters, meta: { profile: [PROFILE.dtrLogErrorsInput] } }
}

function parametersOf(parameter: NonNullable<Parameters['parameter']>): Parameters {
  return { resourceType: 'Parameters', parameter }
}

function buildOutcome({ problems, app, at, endpoint }: ErrorLogInput): OperationOutcome {
  const where = `${app.name} ${app.version}; ${at}; ${endpoint}`
  const distinct = problems.filter(
    (one, index) => problems.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index,
  )
  return {
    resourceType: 'OperationOutcome',
    issue: distinct.map(({ kind, linkId, library }): OperationOutcomeIssue => {
      const { text, ...issue } = ISSUE[kind]
      const about = library === null ? text : `${text} (${library})`
      return {
        ...issue,
        details: { ...(kind === 'syntax' ? { coding: [BAD_SYNTAX] } : {}), text: about },
        diagnostics: where,
        ...(linkId === null
          ? {}
          : { expression: [`Questionnaire.item.where(linkId='${linkId.replaceAll("'", "\\'")}')`] }),
      }
    }),
  }
}

const BAD_SYNTAX = {
  system: 'http://terminology.hl7.org/CodeSystem/operation-outcome',
  code: 'MSG_BAD_SYNTAX',
}
