/** Our CDS Hooks services: what EHRs call. Authenticated by their signed JWT, each call anew (crd.md §4.1). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { buildServiceCatalog, ORDER_SIGN_SERVICE_ID } from '#domain/crd/service-catalog.ts'
import { buildOperationOutcome } from '#domain/fhir/operation-outcome.ts'
import type { Failure } from '#domain/result.ts'
import type { TenantConfig } from '../config.ts'
import type { CoverageModule } from '../coverage/coverage-module.ts'

/** Orders with attachments can be large; a chart is not. */
const BODY_LIMIT = 8 * 1024 * 1024

export interface CdsServiceRoutesDeps extends Pick<
  CoverageModule,
  'authenticateHook' | 'orderSign' | 'feedback' | 'keepHookExchange'
> {
  readonly baseUrl: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly now: () => string
}

interface TenantParams {
  readonly Params: { readonly tenant: string }
}

/** 401 for everything about the caller, 400 for everything about the message (crd.md §2.4: 400 may stand for both). */
const CALLER_FAULTS: ReadonlySet<string> = new Set([
  'token-missing',
  'token-invalid',
  'token-expired',
  'token-replayed',
  'audience-wrong',
  'issuer-wrong',
])

function sendOutcome(reply: FastifyReply, failure: Failure): FastifyReply {
  if (failure.reason === 'keys-unavailable') return reply.code(503).send()
  if (CALLER_FAULTS.has(failure.reason)) return reply.code(401).header('www-authenticate', 'Bearer').send()
  const expression = failure.path === undefined ? {} : { expression: failure.path }
  const outcome = buildOperationOutcome([{ severity: 'error', code: 'invalid', text: failure.reason, ...expression }])
  return reply.code(400).type('application/fhir+json').send(outcome)
}

export function cdsServiceRoutes(app: FastifyInstance, deps: CdsServiceRoutesDeps): void {
  const catalog = buildServiceCatalog()
  const path = '/t/:tenant/cds-services'
  const urlOf = (tenant: TenantConfig, rest: string): string => `${deps.baseUrl}/t/${tenant.id}/cds-services${rest}`
  /** Only tenants that registered a hook caller have services. */
  const tenantOf = (id: string): TenantConfig | undefined => {
    const tenant = deps.tenants.get(id)
    return tenant?.cdsHooks === null ? undefined : tenant
  }

  app.get<TenantParams>(path, async (request, reply) =>
    tenantOf(request.params.tenant) === undefined ? reply.code(404).send() : reply.send(catalog),
  )

  app.post<TenantParams>(`${path}/${ORDER_SIGN_SERVICE_ID}`, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const receivedAt = deps.now()
    const tenant = tenantOf(request.params.tenant)
    if (tenant === undefined) return reply.code(404).send()
    const url = urlOf(tenant, `/${ORDER_SIGN_SERVICE_ID}`)
    const verified = await deps.authenticateHook(tenant, request.headers.authorization, url)
    if (!verified.ok) {
      request.log.warn({ reason: verified.error.reason, tenant: tenant.id }, 'hook call refused')
      return sendOutcome(reply, verified.error)
    }
    const { claimOnce } = verified.value
    const answered = await deps.orderSign({ tenant, body: request.body, receivedAt, claimOnce })
    const body = JSON.stringify(answered.ok ? answered.value : null)
    deps.keepHookExchange({ tenant, receivedAt, request: request.rawBody, response: answered.ok ? body : null })
    if (!answered.ok) {
      request.log.warn(
        { reason: answered.error.reason, path: answered.error.path, tenant: tenant.id },
        'hook call refused',
      )
      return sendOutcome(reply, answered.error)
    }
    return reply.type('application/json').send(body)
  })

  app.post<TenantParams>(`${path}/${ORDER_SIGN_SERVICE_ID}/feedback`, async (request, reply) => {
    const tenant = tenantOf(request.params.tenant)
    if (tenant === undefined) return reply.code(404).send()
    const url = urlOf(tenant, `/${ORDER_SIGN_SERVICE_ID}/feedback`)
    const verified = await deps.authenticateHook(tenant, request.headers.authorization, url)
    if (!verified.ok) return sendOutcome(reply, verified.error)
    if (!(await verified.value.claimOnce())) return sendOutcome(reply, { reason: 'token-replayed' })
    deps.feedback(tenant.id, request.body)
    return reply.code(200).send()
  })
}
