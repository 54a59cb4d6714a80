/** What `metadata` of each base and SMART discovery say of a payer (spec pas.md §1.2). */
import type { CapabilityStatement } from 'fhir/r4'
import { PAS_OPERATION, PAS_SUBSCRIPTION_TOPIC, PROFILE } from '../../src/domain/fhir/canonical.ts'
import { SUPPORTED_SCOPES } from './access.ts'
import { PAS_PATH, type PasVersion } from './pas-version.ts'

const PAS_INTERMEDIARY = 'http://hl7.org/fhir/us/davinci-pas/CapabilityStatement/IntermediaryCapabilities'
const DTR_PACKAGE = 'http://hl7.org/fhir/us/davinci-dtr/OperationDefinition/questionnaire-package'
const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport'

/** Builds the statement of a running payer at the base of a PAS version; DTR is at the newest alone. */
export function buildCapabilityStatement(name: string, baseUrl: string, version: PasVersion): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-22',
    kind: 'instance',
    instantiates: [PAS_INTERMEDIARY],
    software: { name: `${name} (simulation)` },
    implementation: { description: `${name}, a simulated payer`, url: `${baseUrl}${PAS_PATH[version]}` },
    fhirVersion: '4.0.1',
    implementationGuide: [`http://hl7.org/fhir/us/davinci-pas/ImplementationGuide/hl7.fhir.us.davinci-pas|${version}`],
    format: ['json'],
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
        },
        resource: [
          {
            type: 'Claim',
            operation: [
              { name: 'submit', definition: PAS_OPERATION.submit },
              { name: 'inquire', definition: PAS_OPERATION.inquire },
            ],
          },
          ...(version === '2.2.1'
            ? [
                {
                  type: 'Questionnaire' as const,
                  operation: [{ name: 'questionnaire-package', definition: DTR_PACKAGE }],
                },
              ]
            : []),
          {
            type: 'Subscription',
            extension: [
              {
                url: `${BACKPORT}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical`,
                valueCanonical: PAS_SUBSCRIPTION_TOPIC,
              },
            ],
            supportedProfile: [
              ...(version === '2.2.1' ? [PROFILE.pasSubscription] : []),
              `${BACKPORT}/StructureDefinition/backport-subscription`,
            ],
            interaction: [
              { code: 'create' },
              { code: 'read' },
              { code: 'update' },
              { code: 'delete' },
              { code: 'search-type' },
            ],
            searchParam: [{ name: 'url', type: 'uri' }],
            operation: [{ name: 'status', definition: `${BACKPORT}/OperationDefinition/backport-subscription-status` }],
          },
        ],
      },
    ],
  }
}

/** SMART Backend Services discovery. */
export function buildSmartConfiguration(baseUrl: string): object {
  return {
    token_endpoint: `${baseUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: SUPPORTED_SCOPES,
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
  }
}
