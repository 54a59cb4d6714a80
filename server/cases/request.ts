/** Puts together what the request Bundle is built from: the case as opened, the form as it stands, the tenant, the payer. */
import { createHash, randomUUID } from 'node:crypto'
import type { DocumentReference, Organization, QuestionnaireResponse } from 'fhir/r4'
import { withOrderStatements } from '#domain/dtr/adaptive/determination.ts'
import { downcastResponse } from '#domain/dtr/response/downcast-response.ts'
import { SYSTEM } from '#domain/fhir/canonical.ts'
import { readClaimFacts } from '#domain/pas/claim-facts.ts'
import { readFormPlaceOfService, readFormWeight } from '#domain/pas/coded-answers.ts'
import type { PasRequestInput } from '#domain/pas/request-input.ts'
import { buildRequestLines, type HcpcsUnits, type RequestLine } from '#domain/pas/request-lines.ts'
import type { PayerConfig, TenantConfig } from '../config.ts'
import type { CaseContext, CaseDetails } from './case-record.ts'
import type { FormForReview } from './ports.ts'

type Dtr = NonNullable<PayerConfig['dtr']>

/** Where no order and no answer names a place of service: the office. */
const OFFICE = '11'

/** The lines with the weight that the form states. */
export function requestLines(context: CaseContext, form: FormForReview | null, units: HcpcsUnits): RequestLine[] {
  const weight = form === null ? null : readFormWeight(form.questionnaire, form.response)
  return buildRequestLines(context.orders, {
    units,
    weight,
    known: context.known,
    earlier: context.earlier ?? [],
  })
}

/** The submitting organization as the tenant is configured: it is what the payer has enrolled. */
export function tenantOrganization(tenant: TenantConfig): Organization {
  const { organization } = tenant
  return {
    resourceType: 'Organization',
    identifier: [
      { system: SYSTEM.npi, value: organization.npi },
      ...(organization.taxId === null ? [] : [{ system: SYSTEM.employerId, value: organization.taxId }]),
    ],
    active: true,
    name: organization.name,
    telecom: [{ system: 'phone', value: organization.phone }],
    address: [organization.address],
  }
}

/** The orders with what the payer decided on the forms, as far as it holds (DTR spec-46). */
function ordersOf({ orders }: CaseContext, form: FormForReview): CaseContext['orders'] {
  const said = [form, ...form.others].flatMap(({ statements }) => statements ?? [])
  return orders.map((order) => said.reduce((all, statements) => withOrderStatements(all, statements), order))
}

export interface RequestParts {
  readonly tenant: TenantConfig
  readonly payer: PayerConfig
  readonly context: CaseContext
  readonly details: CaseDetails
  readonly form: FormForReview
  /** Completed, by the signer, in the words of the request's version; the first form's first. */
  readonly responses: readonly QuestionnaireResponse[]
  readonly documents: readonly DocumentReference[]
  readonly lines: readonly RequestLine[]
  readonly identifiers: PasRequestInput['identifiers']
  /** Of the UUIDs of what has no id: an update keeps that of the first version, so that nobody is there twice. */
  readonly seed?: string
  readonly at: string
}

/** The builder's input. The same parts give the same UUIDs, so that building twice gives the same bytes. */
export function requestInput(parts: RequestParts): PasRequestInput {
  const { tenant, payer, context, form } = parts
  return {
    identifiers: parts.identifiers,
    createdAt: parts.at,
    ehrBase: tenant.fhirBase,
    uuidFor: (key) => stableUuid(`${parts.seed ?? parts.identifiers.claimId}|${key}`),
    senderId: tenant.senderId,
    receiverId: payer.interchangeReceiverId,
    memberIdSystem: payer.memberIdSystem,
    patient: context.patient,
    coverage: context.coverage,
    insurer: context.insurer,
    organization: tenantOrganization(tenant),
    orders: ordersOf(context, form),
    lines: parts.lines,
    questionnaireResponses: parts.responses,
    documents: parts.documents,
    known: [...context.known, ...form.evidence],
    department: tenant.organization.department ?? null,
    facts: readClaimFacts(parts.responses),
    placeOfService: readFormPlaceOfService(form.response) ?? OFFICE,
    urgency: parts.details.urgency,
    message: null,
  }
}

/**
 * A completed response as it goes into the Bundle: in the words of DTR 2.2, whatever its payer's DTR speaks. Those of the
 * payer's PAS version are put in with the rest of the Bundle (`request-codec.ts`).
 */
export function responseFor(
  { dtr }: { readonly dtr: Pick<Dtr, 'bareCanonical'> | null },
  response: QuestionnaireResponse,
): QuestionnaireResponse {
  const written = downcastResponse(response, { version: '2.2', bareCanonical: dtr?.bareCanonical ?? false })
  // Every response here was built with a coverage, an order and an origin for each answer.
  if (!written.ok) throw new Error(`a response lacks ${String(written.error.params?.['element'])}`)
  return written.value.resource
}

/** Identifiers of one submission, minted before anything leaves. */
export function mintIdentifiers(
  baseUrl: string,
  tenant: TenantConfig,
  newId: () => string,
): PasRequestInput['identifiers'] {
  const trace = newId()
  return {
    bundle: { system: `${baseUrl}/submission`, value: trace },
    claim: { system: `urn:trnorg:${tenant.organization.npi}`, value: trace },
    claimId: randomUUID(),
  }
}

/** A UUID of version 4's form made from a key: stable, and unique as the key is. */
function stableUuid(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  const variant = ((parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
