/** What our PAS server says that it can do (pas.md §1.2). */
import type { CapabilityStatement } from 'fhir/r4'
import { EXT, PAS_OPERATION, PAS_SUBSCRIPTION_TOPIC, PROFILE } from '#domain/fhir/canonical.ts'
import type { PasVersion } from '#domain/pas/pas-response.ts'
import { endpointBase, tokenEndpoint } from './endpoint.ts'

const INTERMEDIARY = 'http://hl7.org/fhir/us/davinci-pas/CapabilityStatement/IntermediaryCapabilities'
const SUBSCRIPTION_STATUS =
  'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status'
const SMART_SERVICE = 'http://terminology.hl7.org/CodeSystem/restful-security-service'

/**
 * The instance statement of a version's endpoint. Its oauth-uris extension would need an authorize address, which Backend
 * Services has not: the token address stands in `.well-known/smart-configuration`.
 */
export function buildCapabilityStatement(baseUrl: string, version: PasVersion): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    instantiates: [INTERMEDIARY],
    software: { name: 'Precert' },
    implementation: { description: 'Precert PAS intermediary', url: endpointBase(baseUrl, version) },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    implementationGuide: [`http://hl7.org/fhir/us/davinci-pas/ImplementationGuide/hl7.fhir.us.davinci-pas|${version}`],
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
              { name: 'submit', definition: `${PAS_OPERATION.submit}|${version}` },
              { name: 'inquire', definition: `${PAS_OPERATION.inquire}|${version}` },
            ],
          },
          // The focus of an id-only notification, which 2.2.1 has not.
          ...(version === '2.0.1'
            ? [{ type: 'ClaimResponse' as const, interaction: [{ code: 'read' as const }] }]
            : []),
          {
            type: 'Subscription',
            supportedProfile: [PROFILE.backportSubscription, ...(version === '2.2.1' ? [PROFILE.pasSubscription] : [])],
            interaction: ['create', 'read', 'update', 'delete', 'search-type'].map((code) => ({
              code: code as 'create',
            })),
            searchParam: ['url', 'criteria', 'payload', 'status', 'type'].map((name) => ({
              name,
              type: name === 'url' ? 'uri' : name === 'criteria' ? 'string' : 'token',
            })),
            operation: [{ name: 'status', definition: SUBSCRIPTION_STATUS }],
            extension: [{ url: EXT.subscriptionTopicCanonical, valueCanonical: PAS_SUBSCRIPTION_TOPIC }],
          },
        ],
      },
    ],
  }
}

/** `.well-known/smart-configuration` of a version's endpoint: Backend Services alone. */
export function buildSmartConfiguration(baseUrl: string, version: PasVersion): object {
  return {
    token_endpoint: tokenEndpoint(baseUrl, version),
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: [
      'system/Claim.c',
      'system/Claim.r',
      'system/Claim.cr',
      ...(version === '2.0.1' ? ['system/ClaimResponse.r'] : []),
      'system/Subscription.cruds',
    ],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  }
}
