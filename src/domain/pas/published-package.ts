/**
 * Extensions that the published PAS 2.2.1 or 2.0.1 uses where their own context forbids it (pas.md §2.15): tolerated there,
 * by extension and element, and nowhere else. And what is known of X12's value sets, whose content is licensed.
 */

import type { ProfileIssue } from '../profile/issue.ts'

const PAS = 'http://hl7.org/fhir/us/davinci-pas/StructureDefinition'
const DETAIL = `ClaimResponse.item.extension[${PAS}/extension-itemAuthorizedDetail]`

/** Element, or element and the extension around it in brackets, with the extensions that may stand there. */
const TOLERATED: readonly (readonly [place: string, ...extensions: string[]])[] = [
  ['Claim', 'extension-authorizationNumber', 'extension-administrationReferenceNumber'],
  ['Claim.supportingInfo', 'extension-infoChanged', 'modifierextension-infoCancelled'],
  // The number of 2.0.1 alone: its context has become wider since.
  ['ClaimResponse.item', 'extension-communicatedDiagnosis', 'extension-administrationReferenceNumber'],
  ['ServiceRequest', 'extension-productOrServiceCodeEnd'],
  [
    'ClaimResponse.addItem',
    'extension-productOrServiceCodeEnd',
    'extension-revenueUnitRateLimit',
    'extension-certificationType',
    'extension-serviceItemRequestType',
  ],
  [
    DETAIL,
    'extension-productOrServiceCodeEnd',
    'extension-revenueUnitRateLimit',
    'extension-epsdtIndicator',
    'extension-nursingHomeLevelOfCare',
    'extension-revenueCode',
    'extension-requestedService',
  ],
  ['ClaimResponse', 'extension-itemAuthorizedProvider'],
  [`ClaimResponse.extension[${PAS}/extension-itemAuthorizedProvider]`, 'extension-authorizedProviderType'],
  [`ClaimResponse.adjudication.extension[${PAS}/extension-reviewAction]`, 'extension-reviewActionCode'],
  ['ServiceRequest.occurrenceTiming', 'extension-timingcalendarpattern', 'extension-timingdeliverypattern'],
  ['DeviceRequest.occurrenceTiming', 'extension-timingcalendarpattern', 'extension-timingdeliverypattern'],
]

/** X12 codes that the guide's text names one by one (pas.md §2.4). */
const CODES: Readonly<Record<string, readonly string[]>> = {
  '1525': ['AR', 'HS', 'IN', 'SC'],
  '1322': ['1', '2', '3', '4', 'I', 'N', 'R', 'S'],
}
/** Lists of others: NUBC's for CL1, the taxonomy of NUCC (pas.md §0). */
const OF_OTHERS = new Set(['1314', '1315', '1352', '127'])

/** The code list of an X12 value set, which nobody publishes: the last number of its address names it (pas.md §0). */
export function impliedX12Set(valueSet: string): { system: string; codes?: readonly string[] } | undefined {
  const number = /^https:\/\/valueset\.x12\.org\/x217\/005010\/.*\/(\d+)$/.exec(valueSet)?.[1]
  if (number === undefined || OF_OTHERS.has(number)) return undefined
  const codes = CODES[number]
  return { system: `https://codesystem.x12.org/005010/${number}`, ...(codes === undefined ? {} : { codes }) }
}

/**
 * DTR 2.0.1's qr-context points to CRD 2.0.1's order profiles, which fix the status to `draft`: no signed order of a PAS
 * request could be pointed to. Such a target is no fault of a 2.0.1 message.
 */
export function isDraftOfCrd({ path, id, message }: ProfileIssue): boolean {
  return (
    id === '_DT_Fixed_Wrong' &&
    path.endsWith('.status') &&
    /davinci-crd\/StructureDefinition\/.*[|]2\.0\.1/.test(message)
  )
}

/** As the walker asks: canonical and place. */
export const TOLERATED_CONTEXTS: ReadonlySet<string> = new Set(
  TOLERATED.flatMap(([place, ...extensions]) => extensions.map((name) => `${PAS}/${name} ${place}`)),
)
