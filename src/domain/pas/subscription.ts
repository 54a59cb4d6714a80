/** Our Subscription at a payer (pas.md §6.1). Pure. */
import type { Subscription } from 'fhir/r4'
import { EXT, PAS_SUBSCRIPTION_TOPIC, PROFILE } from '../fhir/canonical.ts'

/** One per sending system: every answer to what `senderId` sent comes to `endpoint`, with our header replayed. */
export function buildSubscription(senderId: string, endpoint: string, bearer: string): Subscription {
  return {
    resourceType: 'Subscription',
    meta: { profile: [PROFILE.pasSubscription] },
    status: 'requested',
    reason: 'Results of pended prior authorization requests',
    criteria: PAS_SUBSCRIPTION_TOPIC,
    _criteria: {
      extension: [{ url: EXT.backportFilterCriteria, valueString: `org-identifier=${senderId}` }],
    },
    channel: {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: EXT.backportPayloadContent, valueCode: 'full-resource' }] },
      header: [`Authorization: Bearer ${bearer}`],
    },
  }
}
