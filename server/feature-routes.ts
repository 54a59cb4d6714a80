/** The route table of what the product does; `app.ts` guards each part by where it is registered. */
import type { FeatureRoutes } from './app.ts'
import type { Dependencies } from './dependencies.ts'
import type { Rooms } from './rooms.ts'
import { caseRoutes } from './routes/cases.ts'
import { cdsServiceRoutes } from './routes/cds-services.ts'
import { coverageRoutes } from './routes/coverage.ts'
import { ehrProxyRoutes } from './routes/ehr-proxy.ts'
import { facadeRoutes } from './routes/facade.ts'
import { formRoutes } from './routes/form.ts'
import { pasRoutes } from './routes/pas.ts'
import { supportedPayersRoutes } from './routes/supported-payers.ts'

export function featureRoutes(deps: Dependencies, rooms: Rooms): FeatureRoutes {
  const { baseUrl } = deps.config
  return {
    launched: rooms.prepare,
    launch(app) {
      coverageRoutes(app, rooms.coverage)
      caseRoutes(app, rooms)
      formRoutes(app, rooms)
      ehrProxyRoutes(app, { baseUrl, ehr: deps.ehr })
    },
    async partner(app) {
      supportedPayersRoutes(app, deps)
      cdsServiceRoutes(app, { ...deps, ...rooms.coverage, baseUrl })
      facadeRoutes(app, rooms.coverage)
      await app.register((pas) =>
        pasRoutes(pas, {
          baseUrl,
          payers: deps.config.payers,
          intermediary: rooms.intermediary,
          access: rooms.clientAccess,
        }),
      )
    },
  }
}
