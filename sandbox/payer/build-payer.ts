/**
 * One simulated payer as a Fastify app: CRD, DTR, PAS, its page and its controls. It shares `domain/fhir`, `result` and
 * `time` with the product and nothing else: it builds and reads every message by itself.
 */
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { recordTraffic } from '../recorder.ts'
import { attachmentRoutes } from './attachment-routes.ts'
import { addBadCharacters } from './bad-characters.ts'
import { buildCapabilityStatement, buildSmartConfiguration } from './capability-statement.ts'
import { controlRoutes } from './control-routes.ts'
import { crdRoutes } from './crd-routes.ts'
import { dtrRoutes } from './dtr-routes.ts'
import { refuse, sendRefusal, sendResource, takeBodiesAsText } from './fhir-http.ts'
import type { PayerOptions } from './options.ts'
import { pageRoutes } from './page.ts'
import { pasRoutes } from './pas-routes.ts'
import { PAS_PATH, PAS_VERSIONS } from './pas-version.ts'
import { createPayer, type Payer } from './payer.ts'
import { resumeSchedule } from './processing.ts'
import { subscriptionRoutes } from './subscription-routes.ts'

/** Builds a payer; the caller makes it listen on the port of `options.baseUrl`, and closes it. */
export function buildPayer(options: PayerOptions): FastifyInstance {
  const payer = createPayer(options)
  const app = Fastify({
    forceCloseConnections: true,
    bodyLimit: 20 * 1024 * 1024,
    // Clients may write the operation's name either way; the router would answer 404 to the encoded one.
    rewriteUrl: (request) => (request.url ?? '/').replaceAll('%24', '$'),
  })
  recordTraffic(app, { recorder: options.recorder, name: options.id, baseUrl: options.baseUrl, now: payer.now })
  addBadCharacters(app)
  takeBodiesAsText(app)
  discoveryRoutes(app, payer)
  crdRoutes(app, payer)
  dtrRoutes(app, payer)
  pasRoutes(app, payer)
  attachmentRoutes(app, payer)
  subscriptionRoutes(app, payer)
  controlRoutes(app, payer)
  pageRoutes(app, payer)
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const status = error.statusCode ?? 500
    return sendRefusal(
      reply,
      refuse(status, status < 500 ? 'structure' : 'exception', status < 500 ? error.message : 'Internal error.'),
    )
  })
  app.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, refuse(404, 'not-found', 'There is nothing at this address.')),
  )
  app.addHook('onReady', async () => resumeSchedule(payer))
  app.addHook('onClose', async () => payer.close())
  return app
}

function discoveryRoutes(app: FastifyInstance, payer: Payer): void {
  const { baseUrl, name } = payer.options
  for (const version of PAS_VERSIONS)
    app.get(`${PAS_PATH[version]}/metadata`, async (_request, reply) =>
      sendResource(reply, buildCapabilityStatement(name, baseUrl, version)),
    )
  for (const base of ['', ...Object.values(PAS_PATH)])
    app.get(`${base}/.well-known/smart-configuration`, async () => buildSmartConfiguration(baseUrl))
  app.post('/oauth/token', async (request, reply) => {
    const body = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
      ? String(request.body)
      : ''
    const answer = await payer.access.issueToken(new URLSearchParams(body))
    void reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
    if (answer.ok) return reply.send(answer.value)
    const { status, ...fault } = answer.error
    return reply.code(status).send(fault)
  })
}
