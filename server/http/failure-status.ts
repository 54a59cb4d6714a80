/** The one place where a failure's reason becomes an HTTP status. A reason that is not listed is a 422. */
const STATUS: Readonly<Record<number, readonly string[]>> = {
  400: [
    'invalid-request',
    'invalid-json',
    'nul-character',
    'half-character',
    'number-not-finite',
    'forbidden-key',
    'launch-incomplete',
    'callback-incomplete',
    'browser-mismatch',
    'state-unknown',
    'cookies-blocked',
  ],
  401: ['session-missing', 'session-ended', 'launch-ended', 'redeem-refused', 'unauthorized', 'grant-refused'],
  403: [
    'origin-refused',
    'forbidden',
    'scope-missing',
    'no-role',
    'not-permitted',
    'may-not-sign',
    'may-not-change',
    'access-denied',
    'issuer-unknown',
    'other-patient',
    'part-elsewhere',
    'other-performer',
  ],
  404: [
    'not-found',
    'case-not-found',
    'document-not-found',
    'line-not-found',
    'group-not-found',
    'coverage-not-found',
    'form-missing',
    'launch-unknown',
    'tenant-unknown',
  ],
  405: ['read-only'],
  409: [
    'conflict',
    'already-sent',
    'not-allowed-now',
    'not-adaptive',
    'number-not-offered',
    'number-accepted',
    'number-without-line',
    'determination-flagged',
    'determination-expired',
    'form-incomplete',
    'form-populating',
    'form-changed',
    'cancelled',
    'entry-order',
    'case-changed',
  ],
  413: ['body-too-large', 'attachment-too-large'],
  415: ['not-json'],
  421: ['host-unknown'],
  429: ['too-many-requests'],
  500: ['internal'],
  502: ['ehr-nonsense', 'payer-nonsense'],
  503: ['ehr-unavailable', 'payer-unavailable', 'options-unavailable'],
  504: ['ehr-timeout', 'payer-timeout'],
}

const BY_REASON = new Map(
  Object.entries(STATUS).flatMap(([status, reasons]) => reasons.map((reason) => [reason, Number(status)] as const)),
)

/** The HTTP status of a failure. */
export function statusOf(reason: string): number {
  return BY_REASON.get(reason) ?? 422
}
