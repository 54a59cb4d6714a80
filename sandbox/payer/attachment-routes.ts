/** CDex `$submit-attachment`: documents for what this payer asked for. When all of it is there, somebody reads it and decides. */
import type { FastifyInstance } from 'fastify'
import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4'
import { buildOperationOutcome } from '../../src/domain/fhir/operation-outcome.ts'
import { err, ok, type Result } from '../../src/domain/result.ts'
import { isRecord, parseJsonObject, refuse, sendRefusal, sendResource, type Refusal } from './fhir-http.ts'
import { askedForm } from './further-forms.ts'
import type { PayerRequest } from './ledger.ts'
import type { Payer } from './payer.ts'
import { decideNow } from './processing.ts'

const SCOPE = 'system/Claim.c'
const DEFAULT_READING_MS = 1_500

interface Attachment {
  readonly trackingId: string
  readonly final: boolean
  /** Canonicals of the completed questionnaires among it. */
  readonly forms: readonly string[]
}

/** Adds the operation. */
export function attachmentRoutes(app: FastifyInstance, payer: Payer): void {
  app.post('/fhir/$submit-attachment', async (request, reply) => {
    if (payer.requireScope(request.headers.authorization, SCOPE, reply) === undefined) return reply
    if (await payer.meetFault('pas', reply)) return reply
    const parsed = parseAttachment(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.error)
    const { trackingId, final } = parsed.value
    const waiting = findWaiting(payer, trackingId)
    if (waiting?.behavior === 'ask-form' && !parsed.value.forms.includes(askedForm('2.2').canonical))
      return sendRefusal(
        reply,
        refuse(422, 'business-rule', 'The completed questionnaire was asked for.', 'Parameters.parameter'),
      )
    if (final) payer.ledger.noteAttachment(trackingId)
    if (waiting !== undefined && final && isComplete(payer, waiting)) void readAndDecide(payer, waiting)
    const text = waiting === undefined ? 'Held until a request for it is known.' : 'Received.'
    return sendResource(reply, buildOperationOutcome([{ severity: 'information', code: 'informational', text }]))
  })
}

function parseAttachment(body: unknown): Result<Attachment, Refusal> {
  const parsed = parseJsonObject(body)
  if (!parsed.ok) return parsed
  const { resourceType, parameter } = parsed.value as unknown as Parameters
  if (resourceType !== 'Parameters' || !Array.isArray(parameter) || !parameter.every(isRecord))
    return err(refuse(400, 'structure', 'The body must be Parameters.', 'Parameters'))
  const having = (name: string): ParametersParameter[] => parameter.filter((one) => one.name === name)
  const [tracking] = having('TrackingId')
  const trackingId = tracking?.valueIdentifier?.value
  if (trackingId === undefined)
    return err(refuse(400, 'required', 'TrackingId must be an Identifier with a value.', 'Parameters.parameter'))
  if (having('AttachTo')[0]?.valueCode !== 'preauthorization')
    return err(refuse(400, 'value', 'AttachTo must be preauthorization.', 'Parameters.parameter'))
  if (having('MemberId')[0]?.valueIdentifier?.value === undefined)
    return err(refuse(400, 'required', 'MemberId is required.', 'Parameters.parameter'))
  if (having('OrganizationId').length + having('ProviderId').length === 0)
    return err(refuse(400, 'required', 'OrganizationId or ProviderId is required.', 'Parameters.parameter'))
  const attachments = having('Attachment')
  if (attachments.length === 0 || !attachments.every(hasContent))
    return err(refuse(400, 'required', 'Each Attachment needs Content that can be read.', 'Parameters.parameter'))
  const forms = attachments.flatMap((one) => {
    const content = contentOf(one)
    const isForm = content?.resourceType === 'QuestionnaireResponse' && content.status === 'completed'
    return isForm ? (content.questionnaire ?? []) : []
  })
  return ok({ trackingId, final: having('Final')[0]?.valueBoolean ?? true, forms })
}

const contentOf = ({ part }: ParametersParameter): FhirResource | undefined =>
  part?.find(({ name }) => name === 'Content')?.resource as FhirResource | undefined

/** A DocumentReference with bytes or an address, or a QuestionnaireResponse. */
function hasContent(attachment: ParametersParameter): boolean {
  const content = contentOf(attachment)
  if (content?.resourceType === 'QuestionnaireResponse') return true
  return (
    content?.resourceType === 'DocumentReference' &&
    content.content.some(({ attachment }) => attachment.data !== undefined || attachment.url !== undefined)
  )
}

function findWaiting(payer: Payer, trackingId: string): PayerRequest | undefined {
  return payer.ledger
    .requests()
    .find((request) => request.state === 'pended' && trackingIds(request).includes(trackingId))
}

const trackingIds = ({ answer }: PayerRequest): string[] =>
  (answer?.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'CommunicationRequest' || resource?.resourceType === 'Task'
      ? (resource.identifier?.[0]?.value ?? [])
      : [],
  )

const isComplete = (payer: Payer, request: PayerRequest): boolean =>
  trackingIds(request).every((id) => payer.ledger.hasAttachment(id))

async function readAndDecide(payer: Payer, { id }: PayerRequest): Promise<void> {
  await payer.sleep(payer.options.pendMs ?? DEFAULT_READING_MS)
  if (!payer.isClosing() && payer.ledger.request(id)?.state === 'pended') await decideNow(payer, id, 'as-shown', true)
}
