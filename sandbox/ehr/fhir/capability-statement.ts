/** What the simulated EHR says it can do: computed from the same tables that do it. */
import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4'
import { readSearchParameters, RESOURCE_TYPES } from './search-parameters.ts'
import { WRITABLE } from './write-rules.ts'

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/** Builds the CapabilityStatement of `GET /fhir/metadata`. */
export function buildCapabilityStatement(baseUrl: string, date: string): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Sandbox EHR (simulation)' },
    implementation: { description: 'A simulated EHR with synthetic patients', url: `${baseUrl}/fhir` },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          service: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
              ],
            },
          ],
          extension: [
            {
              url: OAUTH_URIS,
              extension: [
                { url: 'authorize', valueUri: `${baseUrl}/oauth2/authorize` },
                { url: 'token', valueUri: `${baseUrl}/oauth2/token` },
              ],
            },
          ],
        },
        resource: RESOURCE_TYPES.map(buildResourceCapability),
      },
    ],
  }
}

function buildResourceCapability(type: string): CapabilityStatementRestResource {
  const parameters = Object.entries(readSearchParameters(type) ?? {})
  const includes = parameters
    .filter(([, parameter]) => parameter.kind === 'reference')
    .map(([name]) => `${type}:${name}`)
  const rule = WRITABLE[type]
  return {
    type: type as CapabilityStatementRestResource['type'],
    interaction: [
      { code: 'read' },
      { code: 'search-type' },
      ...(rule === undefined ? [] : [{ code: 'update' as const }]),
      ...(rule?.create === true ? [{ code: 'create' as const }] : []),
    ],
    versioning: 'versioned',
    conditionalUpdate: false,
    ...(includes.length === 0 ? {} : { searchInclude: includes }),
    searchParam: parameters.map(([name, { kind }]) => ({ name, type: kind })),
  }
}
