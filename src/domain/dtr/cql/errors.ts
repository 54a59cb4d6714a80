/**
 * What an error of CQL means for the form, which the versions of DTR see differently (DTR "CQL errors"; 2.2 spec-77 to 81):
 * whether it may be completed and how strongly the payer is to be told. What is told is `error-log.ts`.
 */
import type { DtrVersion } from '../package/dtr-version.ts'
import type { FormProblem } from '../package/error-log.ts'

export interface CqlError {
  readonly kind: FormProblem['kind']
  /** `population`: only fills answers. `logic`: decides what is asked, what is valid, or what a value is. */
  readonly role: 'population' | 'logic'
}

export interface CqlErrorRegime {
  /** Whether the form may not be completed. */
  readonly blocksCompletion: boolean
  /** How strongly the payer is to be told by `$log-questionnaire-errors`. */
  readonly report: 'SHALL' | 'SHOULD'
}

/**
 * The regime of one error. People are told of all of them: an empty answer without a reason reads as one. In 2.2 a form may
 * be judged simple enough to go on; nothing here judges that, so it may not.
 */
export function readErrorRegime(version: DtrVersion, { kind, role }: CqlError): CqlErrorRegime {
  return {
    blocksCompletion: role === 'logic' && version !== '2.0.1',
    report: version === '2.0.1' && kind !== 'execution' ? 'SHOULD' : 'SHALL',
  }
}
