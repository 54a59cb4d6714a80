/**
 * Rules of PAS that stand in the guide's text alone, and of the X12 that a request becomes: no profile has them. Pure.
 */
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { issue, type ProfileIssue } from '../profile/issue.ts'
import { isJson, type Json } from '../profile/path/item.ts'
import { indexEntries, type IndexedEntry } from './bundle-index.ts'
import type { PasVersion } from './pas-response.ts'
import { X12_UNITS } from './profile-parts.ts'

/** TRN02 and BHT03 hold 50 characters. */
const MAX_IDENTIFIER = 50

const fault = (path: string, id: string, message: string): ProfileIssue => issue('error', path, id, message)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const nodes = (value: unknown): { node: Json; at: number }[] =>
  list(value).flatMap((node, at) => (isJson(node) ? [{ node, at }] : []))
const hasCode = (concept: unknown, system: string, code: string): boolean =>
  isJson(concept) && nodes(concept['coding']).some(({ node }) => node['system'] === system && node['code'] === code)

function checkLength(value: unknown, path: string): ProfileIssue[] {
  if (!isJson(value) || typeof value['value'] !== 'string' || value['value'].length <= MAX_IDENTIFIER) return []
  return [fault(`${path}.value`, 'PAS_Identifier_Length', `a trace number holds ${MAX_IDENTIFIER} characters`)]
}

/** Sequences are the keys of lines, members, diagnoses and documents: unique, and what points to them exists. */
function checkSequences(claim: Json, path: string): ProfileIssue[] {
  const issues: ProfileIssue[] = []
  const known = new Map<string, Set<unknown>>()
  for (const name of ['item', 'supportingInfo', 'careTeam', 'diagnosis', 'insurance']) {
    const seen = new Set<unknown>()
    for (const { node, at } of nodes(claim[name])) {
      const { sequence } = node
      if (sequence !== undefined && seen.has(sequence))
        issues.push(
          fault(`${path}.${name}[${at}].sequence`, 'PAS_Sequence_Twice', 'a sequence names one entry (spec-22)'),
        )
      seen.add(sequence)
    }
    known.set(name, seen)
  }
  const links = { careTeamSequence: 'careTeam', diagnosisSequence: 'diagnosis', informationSequence: 'supportingInfo' }
  for (const { node, at } of nodes(claim['item']))
    for (const [link, target] of Object.entries(links))
      list(node[link]).forEach((sequence, place) => {
        if (known.get(target)?.has(sequence) !== true)
          issues.push(
            fault(`${path}.item[${at}].${link}[${place}]`, 'PAS_Sequence_Unknown', `no ${target} has this sequence`),
          )
      })
  return issues
}

/** In an answer each line stands once (an added one may answer for the same line again), and the notes that it names exist. */
function checkAnswer({ node, path }: IndexedEntry): ProfileIssue[] {
  const seen = new Set<unknown>()
  const twice = nodes(node['item']).flatMap(({ node: { itemSequence }, at }) => {
    const isTwice = itemSequence !== undefined && seen.has(itemSequence)
    seen.add(itemSequence)
    const message = 'a sequence names one line (spec-22)'
    return isTwice ? [fault(`${path}.item[${at}].itemSequence`, 'PAS_Sequence_Twice', message)] : []
  })
  const numbers = new Set(nodes(node['processNote']).map((one) => one.node['number']))
  const notes = ['item', 'addItem'].flatMap((name) =>
    nodes(node[name]).flatMap((line) =>
      list(line.node['noteNumber']).flatMap((number, at) =>
        numbers.has(number)
          ? []
          : [fault(`${path}.${name}[${line.at}].noteNumber[${at}]`, 'PAS_Note_Unknown', 'no note has this number')],
      ),
    ),
  )
  return [...twice, ...notes]
}

/** PASQuantity prof-2 and prof-3: a unit or a code; a code belongs to X12 673 (pas.md §2.12). */
function checkQuantity(quantity: unknown, path: string): ProfileIssue[] {
  if (!isJson(quantity)) return []
  const { unit, code, system } = quantity
  if (unit === undefined && code === undefined) return [fault(path, 'PAS_Quantity_Unit', 'prof-2: a unit or a code')]
  if (code === undefined) return []
  if (system !== SYSTEM.x12QuantityQualifier)
    return [fault(`${path}.system`, 'PAS_Quantity_Unit', `prof-3: a code is of ${SYSTEM.x12QuantityQualifier}`)]
  return typeof code === 'string' && code in X12_UNITS
    ? []
    : [fault(`${path}.code`, 'PAS_Quantity_Unit', `a unit that X12 takes: ${Object.keys(X12_UNITS).join(', ')}`)]
}

/** Certification type 1 (immediate appeal) needs a level of service; the guide's own invariant never fires (§2.4). */
function checkLevelOfService(claim: Json, path: string): ProfileIssue[] {
  const has = list(claim['extension']).some((one) => isJson(one) && one['url'] === EXT.levelOfService)
  return nodes(claim['item']).flatMap(({ node, at }) => {
    const certification = list(node['extension']).find((one) => isJson(one) && one['url'] === EXT.certificationType)
    const isAppeal =
      isJson(certification) && hasCode(certification['valueCodeableConcept'], SYSTEM.x12CertificationType, '1')
    return isAppeal && !has
      ? [fault(`${path}.item[${at}]`, 'PAS_Level_Of_Service', 'an immediate appeal needs a level of service')]
      : []
  })
}

/** PASTiming prof-1: a count, a whole frequency, or a pattern. */
function checkTiming(timing: unknown, path: string): ProfileIssue[] {
  if (!isJson(timing)) return []
  const repeat = isJson(timing['repeat']) ? timing['repeat'] : {}
  const isWhole = ['frequency', 'period', 'periodUnit'].every((name) => repeat[name] !== undefined)
  const hasPattern = list(timing['extension']).some(
    (one) => isJson(one) && /timing(calendar|delivery)pattern$/.test(String(one['url'])),
  )
  if (repeat['count'] !== undefined || isWhole || hasPattern) return []
  return [fault(path, 'PAS_Timing', 'prof-1: a count, or frequency, period and periodUnit, or a pattern')]
}

/** The member's full date of birth (§2.7). */
function checkMember({ node, path }: IndexedEntry): ProfileIssue[] {
  const { birthDate } = node
  return typeof birthDate === 'string' && birthDate.length !== 10
    ? [fault(`${path}.birthDate`, 'PAS_Full_Date', 'a full date, YYYY-MM-DD')]
    : []
}

const CATEGORIES = ['patientEvent', 'admissionDates', 'dischargeDates', 'additionalInformation', 'freeFormMessage']

/** The categories of supporting information are the guide's own (§2.3). */
function checkCategories({ node, path }: IndexedEntry): ProfileIssue[] {
  return nodes(node['supportingInfo']).flatMap(({ node: { category }, at }) =>
    category === undefined || CATEGORIES.some((code) => hasCode(category, SYSTEM.pasTemp, code))
      ? []
      : [fault(`${path}.supportingInfo[${at}].category`, 'PAS_Category', `a code of ${SYSTEM.pasTemp}`)],
  )
}

function checkClaim({ node, path }: IndexedEntry): ProfileIssue[] {
  return [
    ...nodes(node['identifier']).flatMap((one) => checkLength(one.node, `${path}.identifier[${one.at}]`)),
    ...checkSequences(node, path),
    ...checkLevelOfService(node, path),
  ]
}

/** In a line the answer may grant another quantity than was asked for. */
function checkGranted({ node, path }: IndexedEntry): ProfileIssue[] {
  const added = nodes(node['addItem']).flatMap((one) =>
    checkQuantity(one.node['quantity'], `${path}.addItem[${one.at}].quantity`),
  )
  const details = nodes(node['item']).flatMap((item) =>
    nodes(item.node['extension']).flatMap((detail) =>
      detail.node['url'] === EXT.itemAuthorizedDetail
        ? nodes(detail.node['extension']).flatMap((part) =>
            checkQuantity(
              part.node['url'] === 'quantity' ? part.node['valueQuantity'] : undefined,
              `${path}.item[${item.at}].extension[${detail.at}].extension[${part.at}].value.ofType(Quantity)`,
            ),
          )
        : [],
    ),
  )
  return [...details, ...added]
}

/** What PAS 2.2.1 says of units and times; 2.0.1 has neither rule. */
function checkUnits({ node, path }: IndexedEntry, orders: ReadonlySet<string>, fullUrl: string): ProfileIssue[] {
  switch (node['resourceType']) {
    case 'Claim':
      return nodes(node['item']).flatMap((one) =>
        checkQuantity(one.node['quantity'], `${path}.item[${one.at}].quantity`),
      )
    case 'ClaimResponse':
      return checkGranted({ node, path, fullUrl })
    case 'DeviceRequest':
      return orders.has(fullUrl) ? checkTiming(node['occurrenceTiming'], `${path}.occurrence.ofType(Timing)`) : []
    case 'ServiceRequest':
      if (!orders.has(fullUrl)) return []
      return [
        ...checkQuantity(node['quantityQuantity'], `${path}.quantity.ofType(Quantity)`),
        ...checkTiming(node['occurrenceTiming'], `${path}.occurrence.ofType(Timing)`),
      ]
    case 'MedicationRequest':
      if (!orders.has(fullUrl)) return []
      return nodes(node['dosageInstruction']).flatMap((one) =>
        checkTiming(one.node['timing'], `${path}.dosageInstruction[${one.at}].timing`),
      )
    default:
      return []
  }
}

/** The orders that the lines of a Claim name as what is requested, by the tail of their address. */
function requestedOrders(entries: readonly IndexedEntry[]): ReadonlySet<string> {
  const named = new Set<string>()
  for (const { node } of entries)
    for (const item of nodes(node['item']))
      for (const { node: extension } of nodes(item.node['extension'])) {
        const value = extension['url'] === EXT.requestedService ? extension['valueReference'] : undefined
        if (isJson(value) && typeof value['reference'] === 'string') named.add(value['reference'])
      }
  return new Set(
    entries.flatMap(({ fullUrl, node }) => {
      const name = `${String(node['resourceType'])}/${String(node['id'])}`
      return named.has(fullUrl) || named.has(name) ? [fullUrl] : []
    }),
  )
}

/** A prior Claim is there in an update alone (§2.1, §2.5). */
function checkClaims(entries: readonly IndexedEntry[]): ProfileIssue[] {
  const claims = entries.filter(({ node }) => node['resourceType'] === 'Claim')
  const [first, ...others] = claims
  if (first === undefined || first.node['related'] !== undefined) return []
  return others.map(({ path }) => fault(path, 'PAS_Prior_Claim', 'a second Claim is for updates alone'))
}

export type PasMessage = 'request' | 'inquiry' | 'response'

/**
 * What the guide's text asks of a Bundle, beyond its profiles.
 * @param version units and times are ruled since 2.2.1
 */
export function checkTextRules(bundle: Json, message: PasMessage, version: PasVersion): ProfileIssue[] {
  const { entries, issues } = indexEntries(bundle)
  const orders = requestedOrders(entries)
  const of = (type: string): IndexedEntry[] => entries.filter(({ node }) => node['resourceType'] === type)
  const isRuled = version === '2.2.1'
  return [
    ...checkLength(bundle['identifier'], 'Bundle.identifier'),
    ...issues,
    ...(message === 'request' ? [...checkClaims(entries), ...of('Claim').flatMap(checkClaim)] : []),
    ...(message === 'response' ? of('ClaimResponse').flatMap(checkAnswer) : []),
    ...of('Patient').flatMap(checkMember),
    ...(message === 'request' && isRuled ? of('Claim').flatMap(checkCategories) : []),
    ...(isRuled ? entries.flatMap((entry) => checkUnits(entry, orders, entry.fullUrl)) : []),
  ]
}
