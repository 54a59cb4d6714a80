/** Ready-made Tasks, one for each kind of request (spec pas.md §6.4): a document by its LOINC code, the form by its context. */
import type { BundleEntry, ClaimResponse, FhirResource, Task, TaskInput } from 'fhir/r4'
import { EXT, PROFILE, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import type { Shown } from './showcase-lines.ts'

export const temp = (code: string): { coding: { system: string; code: string }[] } => ({
  coding: [{ system: SYSTEM.pasTemp, code }],
})

/** Builds the entries. */
export function showTasks(response: ClaimResponse, shown: Shown): BundleEntry<FhirResource>[] {
  const { frame, request } = shown
  const line = { url: EXT.serviceLineNumber, valuePositiveInt: request.claim.item?.at(-1)?.sequence ?? 1 }
  const document: TaskInput = {
    extension: [
      line,
      { url: EXT.contentModifier, valueCodeableConcept: { coding: [{ system: SYSTEM.loinc, code: '18804-5' }] } },
    ],
    type: temp('attachments-needed'),
    valueCodeableConcept: {
      coding: [
        { system: SYSTEM.loinc, code: '11488-4' },
        { system: SYSTEM.x12ReportType, code: 'B2' },
      ],
    },
  }
  const form: TaskInput = {
    extension: [line],
    type: temp('questionnaire-context'),
    valueString: frame.trackingNumber,
  }
  return [
    buildTask(1, 'attachment-request-code', document, response, shown),
    buildTask(2, 'attachment-request-questionnaire', form, response, shown),
  ]
}

/** One Task around what it asks for. */
export function buildTask(
  number: number,
  code: string,
  input: TaskInput,
  response: ClaimResponse,
  { frame, request, later }: Shown,
): BundleEntry<FhirResource> {
  const id = frame.newId()
  const resource: Task = {
    resourceType: 'Task',
    id,
    meta: { profile: [PROFILE.pasTask] },
    identifier: [{ system: `${frame.fhirBase}/task`, value: `${frame.trackingNumber}-TASK-${number}` }],
    status: 'requested',
    statusReason: { text: 'Not shown in the chart that was sent.' },
    intent: 'order',
    code: temp(code),
    for: response.patient,
    requester: { identifier: { system: `${frame.fhirBase}/payer`, value: frame.receiverId } },
    owner: { identifier: { system: SYSTEM.npi, value: '1609000001' } },
    reasonCode: temp('priorAuthorization'),
    reasonReference: { type: 'Claim', identifier: request.claim.identifier?.[0] ?? {} },
    restriction: { period: { end: `${later(14)}T23:59:59Z` } },
    input: [{ type: temp('payer-url'), valueUrl: `${frame.fhirBase}/$submit-attachment` }, input],
  }
  return { fullUrl: `${frame.fhirBase}/Task/${id}`, resource }
}
