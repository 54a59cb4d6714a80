import type { PasLine, PasResponse } from '#domain/pas/pas-response.ts'

/** A decided line with nothing in it but what is given. */
export const pasLine = (sequence: number, status: PasLine['status'], more: Partial<PasLine> = {}): PasLine => ({
  sequence,
  status,
  reviewActionCode: null,
  authorizationNumber: null,
  previousAuthorizationNumber: null,
  trackingNumber: null,
  traceNumbers: [],
  reasons: [],
  allowed: null,
  validity: null,
  issuedOn: null,
  notes: [],
  allowedService: null,
  allowedServiced: null,
  missing: false,
  ...more,
})
/** An answer of the payer with nothing in it but what is given. */
export const pasResponse = (more: Partial<PasResponse>): PasResponse => ({
  version: '2.2.1',
  rollUp: 'approved',
  partial: false,
  lines: [],
  additionalLines: [],
  decision: null,
  validity: null,
  requests: [],
  errors: [],
  details: [],
  notes: [],
  humanReviewed: null,
  createdAt: null,
  reference: null,
  identifiers: [],
  memberIds: [],
  answers: { reference: null, identifier: null },
  ...more,
})
