/**
 * The showcase in the words of PAS 2.0.1 (spec pas.md §13): what is granted stands in the line, an error names its element in
 * one string, a request for information numbers its line on the payload, and a Task by another extension.
 */
import type {
  BundleEntry,
  ClaimResponse,
  ClaimResponseItem,
  CommunicationRequest,
  Extension,
  FhirResource,
} from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import type { PasRequest } from './pas-request.ts'
import { complete, isModified, type Shown } from './showcase-lines.ts'
import { buildTask, temp } from './showcase-tasks.ts'

const coded = (url: string, system: string, code: string): Extension => ({
  url,
  valueCodeableConcept: { coding: [{ system, code }] },
})

/** The modified line carries everything that a line can; the others stay as they are. */
function showItem(item: ClaimResponseItem, { frame, later, provider }: Shown): ClaimResponseItem {
  if (!isModified(item)) return item
  return {
    ...item,
    extension: complete(item.extension, [
      {
        url: EXT.itemTraceNumber,
        valueIdentifier: { system: `${frame.fhirBase}/trace`, value: `${frame.trackingNumber}-T` },
      },
      { url: EXT.authorizationNumber, valueString: `${frame.receiverId}-OLD-000001` },
      { url: EXT.administrationReferenceNumber, valueString: frame.trackingNumber },
      { url: EXT.itemRequestedServiceDate, valueDateTime: later(3) },
      {
        url: EXT.itemAuthorizedProvider,
        extension: [
          { url: 'provider', valueReference: provider },
          coded('providerType', SYSTEM.x12EntityIdentifier, 'SJ'),
        ],
      },
      coded(EXT.communicatedDiagnosis, SYSTEM.icd10cm, 'K50.90'),
    ]),
  }
}

/** The answer with everything in it. */
export function showOlderResponse(response: ClaimResponse, shown: Shown): ClaimResponse {
  const { today, later } = shown
  return {
    ...response,
    preAuthPeriod: { start: today, end: later(180) },
    item: (response.item ?? []).map((item) => showItem(item, shown)),
    error: [
      {
        extension: [
          coded(EXT.errorFollowupAction, SYSTEM.x12FollowupAction, 'C'),
          { url: EXT.errorElement, valueString: '2000F-DTP03' },
          { url: EXT.errorPath, valueString: 'Bundle.entry[0].resource.item[0].servicedPeriod' },
        ],
        code: { coding: [{ system: SYSTEM.x12RejectReason, code: '57' }] },
      },
    ],
  }
}

/** The line, the diagnosis and the time window of what is asked for. */
export function showOlderCommunication({ claim }: PasRequest) {
  return (entry: BundleEntry<FhirResource>): BundleEntry<FhirResource> => {
    const { resource } = entry
    if (resource?.resourceType !== 'CommunicationRequest') return entry
    const extension: Extension[] = [
      { url: EXT.serviceLineNumber, valuePositiveInt: claim.item?.at(-1)?.sequence ?? 1 },
      coded(EXT.communicatedDiagnosis, SYSTEM.icd10cm, 'K50.90'),
      coded(EXT.contentModifier, SYSTEM.loinc, '18804-5'),
    ]
    const shown: CommunicationRequest = {
      ...resource,
      payload: (resource.payload ?? []).map((one) => ({ ...one, extension })),
    }
    return { ...entry, resource: shown }
  }
}

/** A document by its LOINC code, and the form by its context, which is an Identifier here. */
export function showOlderTasks(response: ClaimResponse, shown: Shown): BundleEntry<FhirResource>[] {
  const { frame, request } = shown
  const extension = [{ url: EXT.paLineNumber, valueInteger: request.claim.item?.at(-1)?.sequence ?? 1 }]
  const document = {
    extension,
    type: temp('attachments-needed'),
    valueCodeableConcept: { coding: [{ system: SYSTEM.loinc, code: '11488-4' }] },
  }
  const form = { extension, type: temp('questionnaires-needed'), valueIdentifier: { value: frame.trackingNumber } }
  return [
    buildTask(1, 'attachment-request-code', document, response, shown),
    buildTask(2, 'attachment-request-questionnaire', form, response, shown),
  ]
}
