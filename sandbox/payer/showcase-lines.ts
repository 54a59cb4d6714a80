/** The lines of the showcase: everything that a decided line, its authorized version and an added line may carry. */
import type { ClaimItem, ClaimResponse, ClaimResponseAddItem, ClaimResponseItem, Extension, Reference } from 'fhir/r4'
import { EXT, SYSTEM } from '../../src/domain/fhir/canonical.ts'
import { readExtension, readExtensions } from '../../src/domain/fhir/extension.ts'
import type { ResponseFrame } from './response-lines.ts'
import type { PasRequest } from './pas-request.ts'

export interface Shown {
  readonly request: PasRequest
  readonly frame: ResponseFrame
  readonly today: string
  readonly later: (days: number) => string
  readonly provider: Reference
}

const coded = (url: string, system: string, code: string): Extension => ({
  url,
  valueCodeableConcept: { coding: [{ system, code }] },
})

/** What is there stays; what is missing is added. */
export function complete(known: readonly Extension[] | undefined, more: readonly Extension[]): Extension[] {
  const urls = new Set((known ?? []).map(({ url }) => url))
  return [...(known ?? []), ...more.filter(({ url }) => !urls.has(url))]
}

/** Whether it is the line of which not all is granted. */
export const isModified = (item: ClaimResponseItem): boolean =>
  item.adjudication.some((one) =>
    readExtension(readExtension(one, EXT.reviewAction), EXT.reviewActionCode)?.valueCodeableConcept?.coding?.some(
      ({ code }) => code === 'A6',
    ),
  )

/** The modified line carries everything that a line can; the others stay as they are. */
export function showItem(item: ClaimResponseItem, shown: Shown): ClaimResponseItem {
  if (!isModified(item)) return item
  const { frame, later, provider } = shown
  const detail = readExtension(item, EXT.itemAuthorizedDetail)
  const priced: Extension = {
    url: EXT.itemAuthorizedDetail,
    extension: [
      ...(detail?.extension ?? []),
      { url: 'unitPrice', valueMoney: { value: 84.5, currency: 'USD' } },
      ...(readExtension(detail, 'modifier') === undefined ? [coded('modifier', SYSTEM.hcpcs, 'JZ')] : []),
    ],
  }
  return {
    ...item,
    extension: complete(
      [...(item.extension ?? []).filter((one) => one !== detail), priced],
      [
        { url: EXT.authorizationNumber, valueString: `${frame.receiverId}-OLD-000001` },
        { url: EXT.administrationReferenceNumber, valueString: frame.trackingNumber },
        { url: EXT.itemRequestedServiceDate, valueDateTime: later(3) },
        {
          url: EXT.itemAuthorizedProvider,
          extension: [
            { url: 'provider', valueReference: provider },
            coded(EXT.authorizedProviderType, SYSTEM.x12EntityIdentifier, 'SJ'),
          ],
        },
        { url: EXT.admissionDates, valuePeriod: { start: later(4), end: later(5) } },
        { url: EXT.dischargeDate, valueDate: later(6) },
        coded(EXT.communicatedDiagnosis, SYSTEM.icd10cm, 'K50.90'),
      ],
    ),
  }
}

/** The authorized version of the modified line, and a line that nobody asked for. */
export function showAddedItems(response: ClaimResponse, shown: Shown): ClaimResponseAddItem[] {
  const asked = shown.request.claim.item ?? []
  const added = response.addItem ?? []
  const more = Math.max(0, ...asked.map(({ sequence }) => sequence)) + 1
  return [
    ...added.map((one) =>
      showAddedItem(
        one,
        asked.find(({ sequence }) => one.itemSequence?.includes(sequence)),
        shown,
      ),
    ),
    ...added.slice(0, 1).map((one): ClaimResponseAddItem => ({
      extension: [{ url: EXT.itemPreAuthIssueDate, valueDate: shown.today }],
      itemSequence: [more],
      productOrService: { coding: [{ system: SYSTEM.hcpcs, code: 'G0154' }] },
      servicedDate: shown.later(8),
      quantity: { value: 2, unit: 'visit', system: SYSTEM.x12QuantityQualifier, code: 'VS' },
      adjudication: one.adjudication,
    })),
  ]
}

function showAddedItem(added: ClaimResponseAddItem, asked: ClaimItem | undefined, shown: Shown): ClaimResponseAddItem {
  const { frame, today, later, provider } = shown
  const order = readExtension(asked, EXT.requestedService)?.valueReference
  return {
    ...added,
    extension: complete(added.extension, [
      ...(readExtensions(asked, EXT.itemTraceNumber).length > 0
        ? []
        : [
            {
              url: EXT.itemTraceNumber,
              valueIdentifier: { system: `${frame.fhirBase}/trace`, value: `${frame.trackingNumber}-T` },
            },
          ]),
      { url: EXT.itemPreAuthIssueDate, valueDate: today },
      { url: EXT.itemPreAuthPeriod, valuePeriod: { start: today, end: later(90) } },
      { url: EXT.authorizationNumber, valueString: `${frame.receiverId}-OLD-000002` },
      { url: EXT.administrationReferenceNumber, valueString: `${frame.trackingNumber}-A` },
      { url: EXT.epsdtIndicator, valueBoolean: false },
      coded(EXT.nursingHomeResidentialStatus, 'https://codesystem.x12.org/005010/1345', '2'),
      coded(EXT.nursingHomeLevelOfCare, 'https://codesystem.x12.org/005010/1337', '3'),
      coded(EXT.productOrServiceCodeEnd, SYSTEM.hcpcs, 'Q5104'),
      coded(EXT.revenueCode, 'https://www.nubc.org/CodeSystem/RevenueCodes', '0636'),
      { url: EXT.revenueUnitRateLimit, valueDecimal: 97.25 },
      ...(order === undefined ? [] : [{ url: EXT.requestedService, valueReference: order }]),
      coded(EXT.requestType, SYSTEM.x12RequestCategory, 'HS'),
      coded(EXT.certificationType, SYSTEM.x12CertificationType, 'I'),
      { url: EXT.admissionDates, valueDate: later(4) },
      { url: EXT.dischargeDate, valueDate: later(7) },
    ]),
    provider: [{ ...provider, extension: [coded(EXT.authorizedProviderType, SYSTEM.x12EntityIdentifier, 'FA')] }],
    modifier: added.modifier ?? [{ coding: [{ system: SYSTEM.hcpcs, code: 'JZ' }] }],
    unitPrice: { value: 81.75, currency: 'USD' },
    ...(added.servicedDate === undefined && added.servicedPeriod === undefined ? { servicedDate: later(3) } : {}),
    locationCodeableConcept: added.locationCodeableConcept ?? {
      coding: [{ system: SYSTEM.placeOfService, code: '11' }],
    },
  }
}
