/** Asks for what is missing: one CommunicationRequest a document or result (spec pas.md §3.7, §6.4). */
import type { BundleEntry, FhirResource } from 'fhir/r4'
import { PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import type { InformationNeed } from './verdict.ts'

interface Parties {
  readonly insurer: string
  /** The provider's organization: the profile takes no role; undefined where none is known. */
  readonly organization: string | undefined
}

interface Frame {
  readonly fhirBase: string
  readonly trackingNumber: string
  readonly newId: () => string
}

/** Builds the entries. The LOINC code is a plain string; X12 755 `LA`: laboratory results, 756 `EL`: electronically. */
export function buildCommunicationRequests(
  needs: readonly InformationNeed[],
  parties: Parties,
  frame: Frame,
): BundleEntry<FhirResource>[] {
  return needs.map((need, index) => {
    const id = frame.newId()
    return {
      fullUrl: `${frame.fhirBase}/CommunicationRequest/${id}`,
      resource: {
        resourceType: 'CommunicationRequest',
        id,
        meta: { profile: [PROFILE.pasCommunicationRequest] },
        identifier: [
          { system: `${frame.fhirBase}/information-request`, value: `${frame.trackingNumber}-${index + 1}` },
        ],
        status: 'active',
        category: [{ coding: [{ system: SYSTEM.x12ReportType, code: 'LA' }], text: need.text }],
        medium: [{ coding: [{ system: SYSTEM.x12TransmissionMethod, code: 'EL' }] }],
        payload: [{ contentString: need.loinc }],
        requester: { reference: parties.insurer },
        ...(parties.organization === undefined
          ? {}
          : { sender: { reference: parties.organization }, recipient: [{ reference: parties.organization }] }),
      },
    }
  })
}
