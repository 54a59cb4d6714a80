/** What our PAS server says that it can do (pas.md §1.2). */
import type { CapabilityStatement } from 'fhir/r4'
import { PAS_OPERATION } from '#domain/fhir/canonical.ts'

const PAS_VERSION = '2.2.1'
const INTERMEDIARY = 'http://hl7.org/fhir/us/davinci-pas/CapabilityStatement/IntermediaryCapabilities'
const SMART_SERVICE = 'http://terminology.hl7.org/CodeSystem/restful-security-service'

/**
 * The instance statement of the 2.2 endpoint. Its oauth-uris extension would need an authorize address, which Backend
 * Services has not: the token address stands in `.well-known/smart-configuration`.
 */
export function buildCapabilityStatement(baseUrl: string): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    instantiates: [INTERMEDIARY],
    software: { name: 'Precert' },
    implementation: { description: 'Precert PAS intermediary', url: `${baseUrl}/pas/2.2/fhir` },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    implementationGuide: [
      `http://hl7.org/fhir/us/davinci-pas/ImplementationGuide/hl7.fhir.us.davinci-pas|${PAS_VERSION}`,
    ],
    rest: [
      {
        mode: 'server',
        security: {
          service: [{ coding: [{ system: SMART_SERVICE, code: 'SMART-on-FHIR' }] }],
        },
        resource: [
          {
            type: 'Claim',
            operation: [
              { name: 'submit', definition: `${PAS_OPERATION.submit}|${PAS_VERSION}` },
              { name: 'inquire', definition: `${PAS_OPERATION.inquire}|${PAS_VERSION}` },
            ],
          },
        ],
      },
    ],
  }
}

/** `.well-known/smart-configuration` of the 2.2 endpoint: Backend Services alone. */
export function buildSmartConfiguration(baseUrl: string): object {
  return {
    token_endpoint: `${baseUrl}/pas/2.2/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/Claim.c', 'system/Claim.r', 'system/Claim.cr'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  }
}
