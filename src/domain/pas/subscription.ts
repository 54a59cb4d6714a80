/** Our Subscription at a payer (pas.md §6.1). Pure. */
import type { Subscription } from 'fhir/r4'
import type { PasVersion } from './pas-response.ts'
import { EXT, PAS_SUBSCRIPTION_TOPIC, PROFILE } from '../fhir/canonical.ts'

/** 2.0.1 names its filter otherwise, and has no profile (pas.md §13). */
const FILTER: Readonly<Record<PasVersion, string>> = { '2.2.1': 'org-identifier', '2.0.1': 'identifier' }
/** The one that each payer of the version must support: 2.2.1 nothing but the whole answer (spec-62), 2.0.1 its name (§13). */
const CONTENT: Readonly<Record<PasVersion, string>> = { '2.2.1': 'full-resource', '2.0.1': 'id-only' }

/** One per sending system: every answer to what `senderId` sent comes to `endpoint`, with our header replayed. */
export function buildSubscription(
  senderId: string,
  endpoint: string,
  bearer: string,
  version: PasVersion = '2.2.1',
): Subscription {
  return {
    resourceType: 'Subscription',
    ...(version === '2.2.1' ? { meta: { profile: [PROFILE.pasSubscription] } } : {}),
    status: 'requested',
    reason: 'Results of pended prior authorization requests',
    criteria: PAS_SUBSCRIPTION_TOPIC,
    _criteria: {
      extension: [{ url: EXT.backportFilterCriteria, valueString: `${FILTER[version]}=${senderId}` }],
    },
    channel: {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: EXT.backportPayloadContent, valueCode: CONTENT[version] }] },
      header: [`Authorization: Bearer ${bearer}`],
    },
  }
}
