/** What a validation reports: the shape of the official validator's messages, with its message ids. */

export type Severity = 'error' | 'warning' | 'information'

export interface ProfileIssue {
  readonly severity: Severity
  /** FHIRPath of the element at fault; of its owner where an element is missing or too often there. */
  readonly path: string
  /** The official validator's message id, `profile#key` of an invariant, or an id of ours (`Precert_…`). */
  readonly id: string
  readonly message: string
  /** The child that is missing, too often there or not allowed. */
  readonly element?: string
  /** What is wrong with the target of a reference, or with a resource that fits no profile, at its own place. */
  readonly details?: readonly ProfileIssue[]
}

export const isError = ({ severity }: ProfileIssue): boolean => severity === 'error'

/** The issues with the details of each as issues of their own: information, as the fault is reported once already. */
export function withDetails(issues: readonly ProfileIssue[]): ProfileIssue[] {
  return issues.flatMap(({ details = [], ...issue }) => [
    issue,
    ...withDetails(details).map((detail) => ({ ...detail, severity: 'information' as const })),
  ])
}

/** Where a fault is: a missing element under its own name. */
export function faultPath({ path, element }: ProfileIssue): string {
  return element === undefined || path.endsWith(`.${element}`) ? path : `${path}.${element}`
}

/** Builds an issue. */
export function issue(severity: Severity, path: string, id: string, message: string): ProfileIssue {
  return { severity, path, id, message }
}
