/** Where the PAS server of each version lies: versions that do not fit together have a base each (pas.md §1.1, conf-1). */
import type { PasVersion } from '#domain/pas/pas-response.ts'

export const ENDPOINT_PATH: Readonly<Record<PasVersion, string>> = { '2.2.1': '/pas/2.2', '2.0.1': '/pas/2.0' }

/** FHIR base URL of the endpoint. */
export const endpointBase = (baseUrl: string, version: PasVersion): string => `${baseUrl}${ENDPOINT_PATH[version]}/fhir`

/** Where its clients get their tokens. */
export const tokenEndpoint = (baseUrl: string, version: PasVersion): string =>
  `${baseUrl}${ENDPOINT_PATH[version]}/token`
