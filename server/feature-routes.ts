/** The route table of what the product does; `app.ts` guards each part by where it is registered. */
import type { FeatureRoutes } from './app.ts'
import type { Dependencies } from './dependencies.ts'
import { ehrProxyRoutes } from './routes/ehr-proxy.ts'

export function featureRoutes(deps: Dependencies): FeatureRoutes {
  return {
    launch(app) {
      ehrProxyRoutes(app, { baseUrl: deps.config.baseUrl, ehr: deps.ehr })
    },
    partner() {
      return undefined
    },
  }
}
