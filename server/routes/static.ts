import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TenantConfig } from '../config.ts'
import type { Pages } from '../http/page.ts'
import { contentSecurityPolicy, newNonce } from '../http/security-headers.ts'
import type { Store } from '../store/store.ts'
import { sendRefusal } from './launch-pages.ts'

export interface StaticDeps {
  /** The built app (`dist/app`). */
  readonly appFolder: string
  readonly tenants: ReadonlyMap<string, TenantConfig>
  readonly store: Store
  readonly pages: Pages
}

const YEAR_MS = 31_536_000_000
const NONCE_PLACE = /__CSP_NONCE__/g

/** The app's files, and its page at every address under `/l/{launchId}`. */
export async function staticRoutes(app: FastifyInstance, deps: StaticDeps): Promise<void> {
  const page = readFileSync(join(deps.appFolder, 'index.html'), 'utf8')

  await app.register(fastifyStatic, {
    root: join(deps.appFolder, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: YEAR_MS,
    cacheControl: true,
    preCompressed: true,
  })
  for (const name of ['launch.js', 'launch.css'])
    app.get(`/${name}`, (_request, reply) => reply.sendFile(name, deps.appFolder, { maxAge: 0, immutable: false }))

  /** The page itself holds nothing: what it shows it asks for with its session. The launch only says who may frame it. */
  const sendPage = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { launchId } = request.params as { launchId: string }
    const tenantId = await deps.store.read((tx) => deps.store.launches.findTenant(tx, launchId))
    const tenant = tenantId === undefined ? undefined : deps.tenants.get(tenantId)
    if (tenant === undefined) return sendRefusal(deps, request, reply, { reason: 'session-ended' })
    const nonce = newNonce()
    return reply
      .header('content-security-policy', contentSecurityPolicy({ nonce, frameAncestors: tenant.frameAncestors }))
      .type('text/html; charset=utf-8')
      .send(page.replace(NONCE_PLACE, nonce))
  }
  app.get('/l/:launchId', sendPage)
  app.get('/l/:launchId/*', sendPage)
}
