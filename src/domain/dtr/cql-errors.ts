/**
 * What an error of CQL means for the form, which the versions of DTR see differently (DTR "CQL errors"; 2.2 spec-77 to 81):
 * whether it may be completed, whether the rest of the CQL still runs, and what the payer is told.
 */
import type { OperationOutcome } from 'fhir/r4'
import type { Message } from '../result.ts'
import type { DtrVersion } from './dtr-version.ts'

/** `population`: only fills answers. `logic`: decides what is asked, what is valid, or what a value is. */
export interface CqlError {
  readonly kind: 'malformed' | 'execution'
  readonly role: 'population' | 'logic'
}

export interface CqlErrorRegime {
  /** Whether the form may not be completed. */
  readonly blocksCompletion: boolean
  /** Whether people are told: always, since an empty answer without a reason reads as one. */
  readonly notifies: true
  /** How strongly the payer is to be told by `$log-questionnaire-errors`. */
  readonly report: 'SHALL' | 'SHOULD'
}

/** The regime of one error. In 2.2 a form may be judged simple enough to go on; nothing here judges that, so it may not. */
export function readErrorRegime(version: DtrVersion, { kind, role }: CqlError): CqlErrorRegime {
  return {
    blocksCompletion: role === 'logic' && version !== '2.0.1',
    notifies: true,
    report: version === '2.0.1' && kind === 'malformed' ? 'SHOULD' : 'SHALL',
  }
}

const BAD_SYNTAX = { system: 'http://terminology.hl7.org/CodeSystem/operation-outcome', code: 'MSG_BAD_SYNTAX' }

/** Reasons that are faults of the payer's logic. A refused search or a missing record is none (spec-82). */
const FAULTS: Readonly<Record<string, CqlError['kind']>> = {
  'form.lookup.cql-malformed': 'malformed',
  'form.lookup.cql-untranslated': 'malformed',
  'form.lookup.cql-no-define': 'malformed',
  'form.lookup.cql-no-library': 'malformed',
  'form.lookup.cql-several-libraries': 'malformed',
  'form.lookup.cql-unsearchable': 'malformed',
  'form.lookup.expression-error': 'execution',
  'form.lookup.cql-timeout': 'execution',
  'form.lookup.cql-memory': 'execution',
  'form.lookup.cql-too-much': 'execution',
  'form.lookup.cql-value-set': 'execution',
}

/** Of which kind a reason is; null where the payer's logic is not at fault. */
export const readErrorKind = ({ key }: Message): CqlError['kind'] | null => FAULTS[key] ?? null

export interface ReportedError {
  readonly linkId: string
  readonly reason: Message
}

/**
 * The OperationOutcome for `$log-questionnaire-errors`. It names link ids and the payer's own names, and never a value, a
 * query or an id of the chart. `application`: name and version of this app; `at`: with zone.
 */
export function buildErrorReport(
  errors: readonly ReportedError[],
  { application, at, endpoint }: { application: string; at: string; endpoint: string },
): OperationOutcome | undefined {
  const issue = errors.flatMap(({ linkId, reason }) => {
    const kind = readErrorKind(reason)
    if (kind === null) return []
    const named = Object.values(reason.params ?? {}).join(', ')
    const tag = reason.key.split('.').at(-1) ?? reason.key
    return [
      {
        severity: 'error' as const,
        code: kind === 'malformed' ? ('invalid' as const) : ('exception' as const),
        details: {
          ...(kind === 'malformed' ? { coding: [BAD_SYNTAX] } : {}),
          text: named === '' ? tag : `${tag}: ${named}`,
        },
        diagnostics: `${application}; ${at}; ${endpoint}`,
        expression: [`Questionnaire.descendants().where(linkId = '${linkId.replace(/['\\]/g, '\\$&')}')`],
      },
    ]
  })
  return issue.length === 0 ? undefined : { resourceType: 'OperationOutcome', issue }
}
