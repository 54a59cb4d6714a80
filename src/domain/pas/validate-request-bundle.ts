/**
 * Judges a PAS 2.2.1 request Bundle (or inquiry Bundle) by every rule of pas.md §2 that it touches, each fault with its
 * FHIRPath. Pure; never throws, whatever it is given. Used by `$submit`, by `$inquire` and before we send.
 * Absence of an optional element is never a fault (conf-14); an unknown element is none either (spec-25).
 */
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { hasNpiCheckDigit } from '../fhir/npi.ts'
import {
  CLAIM,
  CLAIM_INQUIRY,
  CLAIM_UPDATE_RELATED,
  SUPPORTING_INFO_RULES,
  type SupportingInfoSlice,
} from './claim-rules.ts'
import {
  COVERAGE,
  DOCUMENT_REFERENCE,
  MEDICATION_REQUEST,
  MEMBER,
  ORGANIZATION,
  PRACTITIONER,
  PRACTITIONER_ROLE,
  QUESTIONNAIRE_RESPONSE,
  SERVICE_REQUEST,
} from './party-rules.ts'
import { checkRules, isCoded, isNode, type PasFault, type PasIssue, type Rule } from './profile-rule.ts'
import { indexEntries, type BundleIndex } from './bundle-index.ts'

type Node = Readonly<Record<string, unknown>>

/** TRN02 and BHT03 hold 50 characters. */
const MAX_IDENTIFIER = 50

const fault = (reason: PasFault, path: string, params?: PasIssue['params']): PasIssue => ({
  severity: 'error',
  reason,
  path,
  ...(params === undefined ? {} : { params }),
})

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
const nodes = (value: unknown): { node: Node; index: number }[] =>
  list(value).flatMap((node, index) => (isNode(node) ? [{ node, index }] : []))

const BUNDLE: Pick<Rule, 'children'> = {
  children: [
    {
      name: 'identifier',
      kind: 'object',
      min: 1,
      children: [{ name: 'value', kind: 'string', min: 1 }],
    },
    { name: 'type', kind: 'code', min: 1, fixed: 'collection' },
    { name: 'timestamp', kind: 'instant', min: 1 },
    {
      name: 'entry',
      kind: 'object',
      repeats: true,
      min: 1,
      children: [
        { name: 'fullUrl', kind: 'string', min: 1 },
        { name: 'resource', kind: 'object', min: 1 },
      ],
    },
  ],
}

const RULES_BY_TYPE: Readonly<Record<string, Pick<Rule, 'children' | 'extensions'>>> = {
  Coverage: COVERAGE,
  DocumentReference: DOCUMENT_REFERENCE,
  PractitionerRole: PRACTITIONER_ROLE,
  QuestionnaireResponse: QUESTIONNAIRE_RESPONSE,
}

/** A length that X12 can carry. */
function checkIdentifiers(bundle: Node): PasIssue[] {
  const value = isNode(bundle['identifier']) ? bundle['identifier']['value'] : undefined
  return typeof value === 'string' && value.length > MAX_IDENTIFIER
    ? [fault('identifier-too-long', 'Bundle.identifier.value', { max: MAX_IDENTIFIER })]
    : []
}

/** Sequences are the keys of lines, members, diagnoses and documents: unique, and what points to them exists. */
function checkSequences(claim: Node, path: string): PasIssue[] {
  const issues: PasIssue[] = []
  const known = new Map<string, Set<unknown>>()
  for (const name of ['item', 'supportingInfo', 'careTeam', 'diagnosis', 'insurance']) {
    const seen = new Set<unknown>()
    for (const { node, index } of nodes(claim[name])) {
      const sequence = node['sequence']
      if (sequence !== undefined && seen.has(sequence))
        issues.push(fault('duplicate', `${path}.${name}[${index}].sequence`))
      seen.add(sequence)
    }
    known.set(name, seen)
  }
  const links = { careTeamSequence: 'careTeam', diagnosisSequence: 'diagnosis', informationSequence: 'supportingInfo' }
  for (const { node, index } of nodes(claim['item']))
    for (const [link, target] of Object.entries(links))
      list(node[link]).forEach((sequence, at) => {
        if (known.get(target)?.has(sequence) !== true)
          issues.push(fault('sequence-unknown', `${path}.item[${index}].${link}[${at}]`))
      })
  return issues
}

function checkSupportingInfo(claim: Node, path: string, index: BundleIndex): PasIssue[] {
  const issues: PasIssue[] = []
  const once = new Set<string>()
  for (const { node, index: at } of nodes(claim['supportingInfo'])) {
    const where = `${path}.supportingInfo[${at}]`
    for (const [slice, rules] of Object.entries(SUPPORTING_INFO_RULES) as [
      SupportingInfoSlice,
      Pick<Rule, 'children'>,
    ][]) {
      if (!isCoded(node['category'], [{ system: SYSTEM.pasTemp, codes: [slice] }])) continue
      issues.push(...checkRules(node, rules, where, index.typeOf))
      if (slice.endsWith('Dates') || slice === 'patientEvent') {
        if (once.has(slice)) issues.push(fault('too-many', where, { max: 1 }))
        once.add(slice)
      }
    }
  }
  return issues
}

/** PASQuantity prof-2 and prof-3: a unit or a code; a code belongs to X12 673 (pas.md §2.12). */
function checkQuantity(quantity: unknown, path: string): PasIssue[] {
  if (!isNode(quantity)) return []
  if (quantity['comparator'] !== undefined) return [fault('not-allowed', `${path}.comparator`)]
  if (quantity['unit'] === undefined && quantity['code'] === undefined) return [fault('quantity-unit', path)]
  return quantity['code'] !== undefined && quantity['system'] !== SYSTEM.x12QuantityQualifier
    ? [fault('quantity-unit', `${path}.system`, { expected: SYSTEM.x12QuantityQualifier })]
    : []
}

/** Certification type 1 (immediate appeal) needs a level of service; the guide's own invariant never fires (§2.4). */
function checkLevelOfService(claim: Node, path: string): PasIssue[] {
  const has = list(claim['extension']).some((one) => isNode(one) && one['url'] === EXT.levelOfService)
  return nodes(claim['item']).flatMap(({ node, index }) => {
    const certification = list(node['extension']).find((one) => isNode(one) && one['url'] === EXT.certificationType)
    const isAppeal =
      isNode(certification) &&
      isCoded(certification['valueCodeableConcept'], [{ system: SYSTEM.x12CertificationType, codes: ['1'] }])
    return isAppeal && !has ? [fault('level-of-service-required', `${path}.item[${index}]`)] : []
  })
}

/** A modifier that we do not know changes the meaning of what it stands on: refused (pas.md §7). */
function checkModifiers(claim: Node, path: string): PasIssue[] {
  const known = `${EXT.certificationType.replace('extension-certificationType', '')}modifierextension-infoCancelled`
  const on = (owner: Node, at: string): PasIssue[] =>
    nodes(owner['modifierExtension'])
      .filter(({ node }) => node['url'] !== known)
      .map(({ index }) => fault('modifier-unknown', `${at}.modifierExtension[${index}]`))
  return [
    ...on(claim, path),
    ...['item', 'supportingInfo'].flatMap((name) =>
      nodes(claim[name]).flatMap(({ node, index }) => on(node, `${path}.${name}[${index}]`)),
    ),
  ]
}

function checkClaim(claim: Node, path: string, index: BundleIndex, isFirst: boolean): PasIssue[] {
  const identifiers = nodes(claim['identifier']).flatMap(({ node, index: at }) =>
    typeof node['value'] === 'string' && node['value'].length > MAX_IDENTIFIER
      ? [fault('identifier-too-long', `${path}.identifier[${at}].value`, { max: MAX_IDENTIFIER })]
      : [],
  )
  const related = isFirst && claim['related'] !== undefined ? [CLAIM_UPDATE_RELATED] : []
  return [
    ...checkRules(claim, CLAIM, path, index.typeOf),
    ...checkRules(claim, { children: related }, path, index.typeOf),
    ...identifiers,
    ...checkSequences(claim, path),
    ...checkSupportingInfo(claim, path, index),
    ...nodes(claim['item']).flatMap(({ node, index: at }) =>
      checkQuantity(node['quantity'], `${path}.item[${at}].quantity`),
    ),
    ...checkLevelOfService(claim, path),
    ...checkModifiers(claim, path),
  ]
}

const isMemberId = (identifier: Node): boolean =>
  isCoded(identifier['type'], [{ system: SYSTEM.identifierType, codes: ['MB'] }])

/** One member id; and `self-beneficiary`: X12 `18`, or a subscriber (pas.md §2.6). */
function checkCoverage(coverage: Node, path: string): PasIssue[] {
  const memberIds = nodes(coverage['identifier']).filter(({ node }) => isMemberId(node))
  const issues: PasIssue[] = []
  if (memberIds.length === 0) issues.push(fault('required', `${path}.identifier.where(type.coding.code = 'MB')`))
  for (const { index } of memberIds.slice(1)) issues.push(fault('too-many', `${path}.identifier[${index}]`, { max: 1 }))
  const codings = isNode(coverage['relationship']) ? nodes(coverage['relationship']['coding']) : []
  const isSelf = codings.some(({ node }) => node['code'] === '18')
  if (!isSelf && coverage['subscriber'] === undefined) issues.push(fault('self-relationship', `${path}.relationship`))
  return issues
}

function checkNpis(resource: Node, path: string): PasIssue[] {
  return nodes(resource['identifier'])
    .filter(
      ({ node }) =>
        node['system'] === SYSTEM.npi && !(typeof node['value'] === 'string' && hasNpiCheckDigit(node['value'])),
    )
    .map(({ index }) => fault('npi-invalid', `${path}.identifier[${index}].value`))
}

/** PASTiming prof-1: a count, a whole frequency, or a pattern. */
function checkTiming(timing: unknown, path: string): PasIssue[] {
  if (!isNode(timing)) return []
  const repeat = isNode(timing['repeat']) ? timing['repeat'] : {}
  const whole = ['frequency', 'period', 'periodUnit'].every((name) => repeat[name] !== undefined)
  const pattern = list(timing['extension']).some(
    (one) => isNode(one) && /timing(calendar|delivery)pattern$/.test(String(one['url'])),
  )
  const issues = repeat['count'] !== undefined || whole || pattern ? [] : [fault('timing-incomplete', path)]
  for (const name of ['boundsPeriod', 'boundsRange'])
    if (repeat[name] !== undefined) issues.push(fault('not-allowed', `${path}.repeat.${name}`))
  return issues
}

function checkOrder(order: Node, path: string, index: BundleIndex): PasIssue[] {
  if (order['resourceType'] === 'MedicationRequest')
    return [
      ...checkRules(order, MEDICATION_REQUEST, path, index.typeOf),
      ...nodes(order['dosageInstruction']).flatMap(({ node, index: at }) =>
        checkTiming(node['timing'], `${path}.dosageInstruction[${at}].timing`),
      ),
    ]
  if (order['resourceType'] !== 'ServiceRequest') return []
  return [
    ...checkRules(order, SERVICE_REQUEST, path, index.typeOf),
    ...checkQuantity(order['quantityQuantity'], `${path}.quantityQuantity`),
    ...checkTiming(order['occurrenceTiming'], `${path}.occurrenceTiming`),
  ]
}

function checkAttachments(document: Node, path: string): PasIssue[] {
  return nodes(document['content']).flatMap(({ node, index }) =>
    isNode(node['attachment']) && node['attachment']['url'] !== undefined
      ? [fault('not-allowed', `${path}.content[${index}].attachment.url`)]
      : [],
  )
}

/** Which profile an entry must follow comes from what points to it: a patient, an insurer, a requestor, an order. */
function checkPointedTo(claim: Node, index: BundleIndex): PasIssue[] {
  const at = (reference: unknown): { node: Node; path: string } | undefined =>
    isNode(reference) && typeof reference['reference'] === 'string' ? index.find(reference['reference']) : undefined
  const check = (reference: unknown, rules: Pick<Rule, 'children' | 'extensions'>, type: string): PasIssue[] => {
    const target = at(reference)
    return target?.node['resourceType'] === type ? checkRules(target.node, rules, target.path, index.typeOf) : []
  }
  const orders = nodes(claim['item']).flatMap(({ node }) =>
    list(node['extension']).flatMap((one) =>
      isNode(one) && one['url'] === EXT.requestedService ? [at(one['valueReference'])] : [],
    ),
  )
  const distinct = [...new Map(orders.flatMap((order) => (order ? [[order.path, order] as const] : []))).values()]
  const roles = [claim['provider'], ...nodes(claim['careTeam']).map(({ node }) => node['provider'])]
  const practitioners = new Map(
    roles.flatMap((role) => {
      const target = at(role)
      const one = target?.node['resourceType'] === 'PractitionerRole' ? at(target.node['practitioner']) : undefined
      return one ? [[one.path, one] as const] : []
    }),
  )
  return [
    ...check(claim['patient'], MEMBER, 'Patient'),
    ...check(claim['insurer'], ORGANIZATION, 'Organization'),
    ...check(claim['provider'], ORGANIZATION, 'Organization'),
    ...[...practitioners.values()].flatMap(({ node, path }) => checkRules(node, PRACTITIONER, path, index.typeOf)),
    ...distinct.flatMap(({ node, path }) => checkOrder(node, path, index)),
  ]
}

function checkEntry(resource: Node, path: string, index: BundleIndex): PasIssue[] {
  const type = String(resource['resourceType'])
  const rules = RULES_BY_TYPE[type]
  return [
    ...(rules === undefined ? [] : checkRules(resource, rules, path, index.typeOf)),
    ...(type === 'Coverage' ? checkCoverage(resource, path) : []),
    ...(type === 'DocumentReference' ? checkAttachments(resource, path) : []),
    ...(type === 'PractitionerRole' && resource['telecom'] === undefined && resource['endpoint'] === undefined
      ? [fault('contact-required', `${path}.telecom`)]
      : []),
    ...checkNpis(resource, path),
  ]
}

function checkBundle(body: unknown, isInquiry: boolean): PasIssue[] {
  if (!isNode(body) || body['resourceType'] !== 'Bundle')
    return [fault('wrong-value', 'Bundle.resourceType', { expected: 'Bundle' })]
  const { index, issues } = indexEntries(body)
  const structure = checkRules(body, BUNDLE, 'Bundle', index.typeOf)
  const [first] = index.entries
  if (first?.node['resourceType'] !== 'Claim')
    return [...structure, ...issues, fault('claim-first', 'Bundle.entry[0].resource')]
  const claims = index.entries.filter(({ node }) => node['resourceType'] === 'Claim')
  const mostClaims = !isInquiry && first.node['related'] !== undefined ? 2 : 1
  return [
    ...structure,
    ...checkIdentifiers(body),
    ...issues,
    ...claims.slice(mostClaims).map(({ path }) => fault('too-many', path, { max: mostClaims })),
    ...(isInquiry
      ? checkRules(first.node, CLAIM_INQUIRY, first.path, index.typeOf)
      : claims.flatMap((claim) => checkClaim(claim.node, claim.path, index, claim === first))),
    ...checkPointedTo(first.node, index),
    ...index.entries.flatMap(({ node, path }) => checkEntry(node, path, index)),
  ]
}

/** Every fault of a request Bundle; none means that it may be sent. */
export function validatePasRequestBundle(body: unknown): PasIssue[] {
  return checkBundle(body, false)
}

/** Every fault of an inquiry Bundle (pas.md §4). */
export function validatePasInquiryBundle(body: unknown): PasIssue[] {
  return checkBundle(body, true)
}
