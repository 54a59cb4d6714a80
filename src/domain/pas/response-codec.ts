/**
 * Answers between PAS 2.2.1 and 2.0.1 (pas.md §3.3, §13). Their worst difference: in 2.0.1 a line's authorized detail says
 * what is granted, in 2.2.1 what was asked for, and what is granted stands in an addItem. Pure; arguments are never changed.
 */
import type {
  Bundle,
  ClaimResponse,
  ClaimResponseAddItem,
  ClaimResponseError,
  ClaimResponseItem,
  CodeableConcept,
  Extension,
  FhirResource,
} from 'fhir/r4'
import { EXT } from '../fhir/canonical.ts'
import { readExtension } from '../fhir/extension.ts'
import { downcastCommunication, downcastTask, upcastCommunication, upcastTask } from './information-request-codec.ts'
import { withExtensions } from './profile-parts.ts'
import { readDecision } from './review-action.ts'
import type { PasLoss, Recoded } from './version-losses.ts'

const ADMISSION = EXT.serviceLineNumber.replace('extension-serviceLineNumber', 'extension-admissionDates')
const DISCHARGE = EXT.serviceLineNumber.replace('extension-serviceLineNumber', 'extension-dischargeDate')

const mapResponses = (
  bundle: Bundle<FhirResource>,
  change: (resource: FhirResource) => FhirResource,
): Bundle<FhirResource> => ({
  ...bundle,
  ...(bundle.entry === undefined
    ? {}
    : {
        entry: bundle.entry.map((entry) =>
          entry.resource === undefined ? entry : { ...entry, resource: change(entry.resource) },
        ),
      }),
})

// 2.2.1 to 2.0.1 -----------------------------------------------------------------------------------------------------

const GRANTED = new Set(['A1', 'A2', 'A6'])

/** What is granted, as 2.0.1 says it. */
function toAuthorizedDetail(added: ClaimResponseAddItem): Extension {
  const { productOrService, modifier, unitPrice, quantity } = added
  return {
    url: EXT.itemAuthorizedDetail,
    extension: [
      { url: 'productOrServiceCode', valueCodeableConcept: productOrService },
      ...(modifier ?? []).map((valueCodeableConcept) => ({ url: 'modifier', valueCodeableConcept })),
      ...(unitPrice === undefined ? [] : [{ url: 'unitPrice', valueMoney: unitPrice }]),
      ...(quantity === undefined ? [] : [{ url: 'quantity', valueQuantity: quantity }]),
    ],
  }
}

const isProvider = ({ url }: Extension): boolean => url === EXT.itemAuthorizedProvider
/** What 2.0.1 says of a provider. */
const PROVIDER_PARTS = new Set(['provider', 'providerType'])

function downcastProvider(provider: Extension, losses: Set<PasLoss>): Extension {
  const kept = provider.extension?.filter(({ url }) => PROVIDER_PARTS.has(url)) ?? []
  if (kept.length < (provider.extension?.length ?? 0)) losses.add('provider-role')
  return { ...provider, extension: kept }
}

function downcastItem(item: ClaimResponseItem, response: ClaimResponse, losses: Set<PasLoss>): ClaimResponseItem {
  const added = response.addItem?.find(({ itemSequence }) => itemSequence?.includes(item.itemSequence) === true)
  const own = readDecision(item.adjudication)
  const whole = readDecision(response.adjudication)
  const adjudication = own === null && whole !== null ? (response.adjudication ?? []) : item.adjudication
  const code = own?.code ?? whole?.code ?? null
  return withExtensions({ ...item, adjudication }, (all) => {
    if (all.some(({ url }) => url === ADMISSION || url === DISCHARGE)) losses.add('admission-dates')
    // 2.0.1 names providers at the lines alone; a line's own come first.
    const providers = all.some(isProvider) ? [] : (response.extension ?? []).filter(isProvider)
    const kept = [...all, ...providers]
      .filter(({ url }) => ![ADMISSION, DISCHARGE, EXT.itemAuthorizedDetail].includes(url))
      .map((one) => (isProvider(one) ? downcastProvider(one, losses) : one))
    if (added !== undefined) return [...kept, toAuthorizedDetail(added)]
    const asked = all.filter(({ url }) => url === EXT.itemAuthorizedDetail)
    // Certified as asked for: what was asked for is what is granted.
    if (code === 'A1') return [...kept, ...asked]
    if (asked.length > 0 && code !== null && GRANTED.has(code)) losses.add('authorized-detail')
    return kept
  })
}

function downcastError(error: ClaimResponseError, losses: Set<PasLoss>): ClaimResponseError {
  return withExtensions(error, (all) =>
    all.flatMap((extension): Extension[] => {
      if (extension.url !== EXT.errorElement || extension.extension === undefined) return [extension]
      if (readExtension(extension, 'processNote') !== undefined) losses.add('error-note')
      const element = readExtension(extension, 'error')?.valueString
      return element === undefined ? [] : [{ url: extension.url, valueString: element }]
    }),
  )
}

function downcastClaimResponse(response: ClaimResponse, losses: Set<PasLoss>): ClaimResponse {
  const { addItem, adjudication, item, error, ...rest } = response
  const sequences = new Set((item ?? []).map(({ itemSequence }) => itemSequence))
  if (addItem?.some((added) => !(added.itemSequence ?? []).some((sequence) => sequences.has(sequence))) === true)
    losses.add('additional-line')
  if (adjudication !== undefined && sequences.size === 0) losses.add('request-decision')
  const lost: Readonly<Record<string, PasLoss>> = {
    [EXT.transmissionIdentifiers]: 'transmission-identifiers',
    [EXT.claimResponseReviewer]: 'reviewer',
  }
  const plain = withExtensions(rest as ClaimResponse, (all) =>
    all.filter((one) => {
      const loss = lost[one.url] ?? (isProvider(one) && sequences.size === 0 ? 'authorized-provider' : undefined)
      if (loss !== undefined) losses.add(loss)
      return loss === undefined && !isProvider(one)
    }),
  )
  return {
    ...plain,
    ...(item === undefined ? {} : { item: item.map((one) => downcastItem(one, response, losses)) }),
    ...(error === undefined ? {} : { error: error.map((one) => downcastError(one, losses)) }),
  }
}

/** A 2.2.1 response Bundle as one of 2.0.1. */
export function downcastResponse(bundle: Bundle<FhirResource>): Recoded<Bundle<FhirResource>> {
  const losses = new Set<PasLoss>()
  const resource = mapResponses(bundle, (one) => {
    if (one.resourceType === 'ClaimResponse') return downcastClaimResponse(one, losses)
    if (one.resourceType === 'CommunicationRequest') return downcastCommunication(one)
    return one.resourceType === 'Task' ? downcastTask(one, losses) : one
  })
  return { resource, losses: [...losses] }
}

// 2.0.1 to 2.2.1 -----------------------------------------------------------------------------------------------------

/** What is granted, as 2.2.1 says it; undefined where the detail names no service. */
function toAddItem(item: ClaimResponseItem, detail: Extension): ClaimResponseAddItem | undefined {
  const service: CodeableConcept | undefined = readExtension(detail, 'productOrServiceCode')?.valueCodeableConcept
  if (service === undefined) return undefined
  const quantity = readExtension(detail, 'quantity')?.valueQuantity
  const unitPrice = readExtension(detail, 'unitPrice')?.valueMoney
  const modifier = (detail.extension ?? []).flatMap(({ url, valueCodeableConcept }) =>
    url === 'modifier' && valueCodeableConcept !== undefined ? [valueCodeableConcept] : [],
  )
  return {
    itemSequence: [item.itemSequence],
    productOrService: service,
    ...(modifier.length > 0 ? { modifier } : {}),
    ...(quantity === undefined ? {} : { quantity }),
    ...(unitPrice === undefined ? {} : { unitPrice }),
    adjudication: item.adjudication,
  }
}

function upcastError(error: ClaimResponseError): ClaimResponseError {
  return withExtensions(error, (all) =>
    all.map((extension) =>
      extension.url === EXT.errorElement && extension.valueString !== undefined
        ? { url: extension.url, extension: [{ url: 'error', valueString: extension.valueString }] }
        : extension,
    ),
  )
}

/** 2.2.1 knows no `queued` (pas.md §3.2): complete where every line is pended, else partial. */
function toOutcome(response: ClaimResponse): ClaimResponse['outcome'] {
  if (response.outcome !== 'queued') return response.outcome
  const codes = (response.item ?? []).map(({ adjudication }) => readDecision(adjudication)?.code ?? null)
  return codes.every((code) => code === 'A4') ? 'complete' : 'partial'
}

function upcastClaimResponse(response: ClaimResponse): ClaimResponse {
  const added: ClaimResponseAddItem[] = []
  const item = response.item?.map((one): ClaimResponseItem => {
    const detail = readExtension(one, EXT.itemAuthorizedDetail)
    const code = readDecision(one.adjudication)?.code ?? ''
    if (detail === undefined || code === 'A1' || !GRANTED.has(code)) return one
    const granted = toAddItem(one, detail)
    if (granted === undefined) return one
    added.push(granted)
    return withExtensions(one, (all) => all.filter((extension) => extension !== detail))
  })
  return {
    ...response,
    outcome: toOutcome(response),
    request: response.request ?? { extension: [{ url: EXT.dataAbsentReason, valueCode: 'unknown' }] },
    ...(item === undefined ? {} : { item }),
    ...(added.length > 0 ? { addItem: [...(response.addItem ?? []), ...added] } : {}),
    ...(response.error === undefined ? {} : { error: response.error.map(upcastError) }),
  }
}

/** A 2.0.1 response Bundle as one of 2.2.1; it may lack an identifier, which nobody can invent. */
export function upcastResponse(bundle: Bundle<FhirResource>): Recoded<Bundle<FhirResource>> {
  const losses = new Set<PasLoss>(bundle.identifier === undefined ? ['bundle-identifier'] : [])
  const resource = mapResponses(bundle, (one) => {
    if (one.resourceType === 'ClaimResponse') return upcastClaimResponse(one)
    if (one.resourceType === 'CommunicationRequest') return upcastCommunication(one)
    return one.resourceType === 'Task' ? upcastTask(one, losses) : one
  })
  return { resource, losses: [...losses] }
}
