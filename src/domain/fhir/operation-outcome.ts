import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4'

/** One fault to report on the wire. `expression` is the FHIRPath of the element at fault. */
export interface OutcomeIssue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  readonly code: OperationOutcomeIssue['code']
  readonly text: string
  readonly expression?: string
}

/** Builds an OperationOutcome; at least one issue is required (R4 OperationOutcome.issue 1..*). */
export function buildOperationOutcome(issues: readonly [OutcomeIssue, ...OutcomeIssue[]]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.code,
      details: { text: issue.text },
      ...(issue.expression === undefined ? {} : { expression: [issue.expression] }),
    })),
  }
}
