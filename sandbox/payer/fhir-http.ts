/** How the payer speaks FHIR over HTTP: bodies parsed by itself, one OperationOutcome for a refusal (PAS §1.5). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { FhirResource, OperationOutcomeIssue } from 'fhir/r4'
import { buildOperationOutcome, type OutcomeIssue } from '../../src/domain/fhir/operation-outcome.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

/** A fault found in a request, with the FHIRPath of the element. */
export interface Issue {
  readonly code: OperationOutcomeIssue['code']
  readonly text: string
  readonly path?: string
}

export interface Refusal {
  readonly status: number
  readonly issues: readonly [Issue, ...Issue[]]
}

/** Builds a refusal of one fault. */
export function refuse(status: number, code: Issue['code'], text: string, path?: string): Refusal {
  return { status, issues: [path === undefined ? { code, text } : { code, text, path }] }
}

/** Takes JSON bodies as the text that arrived: routes parse it, so that a broken one gets an OperationOutcome, too. */
export function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', 'application/fhir+json', 'application/x-www-form-urlencoded'],
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  )
}

/** A JSON object out of a body, or a 400. */
export function parseJsonObject(body: unknown): Result<Readonly<Record<string, unknown>>, Refusal> {
  const fault = err(refuse(400, 'structure', 'The body is not a JSON object.'))
  if (typeof body !== 'string') return fault
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? ok(value) : fault
  } catch {
    return fault
  }
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sends a resource. */
export function sendResource(reply: FastifyReply, resource: FhirResource, status = 200): FastifyReply {
  return reply.code(status).header('content-type', FHIR_JSON).send(JSON.stringify(resource))
}

/** Sends a refusal as exactly one OperationOutcome. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const [first, ...rest] = refusal.issues
  return sendResource(
    reply,
    buildOperationOutcome([toOutcomeIssue(first), ...rest.map(toOutcomeIssue)]),
    refusal.status,
  )
}

function toOutcomeIssue(issue: Issue): OutcomeIssue {
  const { code, text, path } = issue
  return path === undefined ? { severity: 'error', code, text } : { severity: 'error', code, text, expression: path }
}
