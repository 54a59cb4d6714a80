/**
 * Any dialect of ext-coverage-information → the form of CRD 2.2.1. Structural: the union of 2.0.1, 2.1 and 2.2 is accepted
 * whatever version was negotiated, and 2.2.1 passes unchanged. Unknown sub-extensions stay. Pure; arguments untouched.
 */
import type { CodeableConcept, Coding, Extension } from 'fhir/r4'
import { EXT, SYSTEM } from '../fhir/canonical.ts'
import { codesOf, hasChild, hasContent, type CodecLoss, type Recoded } from './sub-extension.ts'

/** Category of each detail code by CRD 2.2.1 CodeSystem temp (`Category should be …`). */
const DETAIL_CATEGORY: Readonly<Record<string, string>> = {
  'allowed-quantity': 'cat-limitation',
  'allowed-period': 'cat-limitation',
  'in-network-copay': 'cat-decisional',
  'out-network-copay': 'cat-decisional',
  'concurrent-review': 'cat-decisional',
  'appropriate-use-needed': 'cat-decisional',
  'policy-link': 'cat-other',
  instructions: 'cat-other',
}

/** A reason that the payer did not give but the newer invariants ask for: marked as unknown, no words put in its mouth. */
const REASON_NOT_GIVEN: Extension = {
  url: 'reason',
  valueCodeableConcept: { _text: { extension: [{ url: EXT.dataAbsentReason, valueCode: 'unknown' }] } },
}

type Step = { readonly children: Extension[]; readonly losses: CodecLoss[] }
const keep = (child: Extension): Step => ({ children: [child], losses: [] })
const drop = (element: string, change: CodecLoss['change']): Step => ({ children: [], losses: [{ element, change }] })

function upcastDetailCode(concept: CodeableConcept): { concept: CodeableConcept; generalised: boolean } {
  const renamed = concept.coding?.map((coding): Coding =>
    /^instructions-(clinical|admin)$/.test(coding.code ?? '') ? { ...coding, code: 'instructions' } : coding,
  )
  const generalised = renamed?.some((coding, index) => coding !== concept.coding?.[index]) ?? false
  const known = renamed?.find(({ code }) => code !== undefined && code in DETAIL_CATEGORY)?.code
  const isCrd = ({ system, code }: Coding): boolean =>
    code === known && (system === SYSTEM.crdTemp || system === SYSTEM.crdCoverageDetail || system === undefined)
  if (known === undefined || renamed === undefined) return { concept, generalised }
  const coding = [
    { system: SYSTEM.crdCoverageDetail, code: known },
    { system: SYSTEM.crdTemp, code: known },
    ...renamed.filter((other) => !isCrd(other)),
  ]
  return { concept: { ...concept, coding }, generalised }
}

/** 2.0.1 and 2.1 detail `auth-out-network-only` is reason `auth-out-network` in 2.2.1; its qualification is its text. */
function outOfNetworkReason(detail: Extension): Step {
  const part = (name: string): Extension | undefined => detail.extension?.find(({ url }) => url === name)
  if (part('value')?.valueBoolean === false) return drop('detail.auth-out-network-only', 'removed')
  const text = part('qualification')?.valueString ?? part('value')?.valueString
  const valueCodeableConcept: CodeableConcept = {
    coding: [{ system: SYSTEM.crdTemp, code: 'auth-out-network' }],
    ...(text === undefined ? {} : { text }),
  }
  return {
    children: [{ url: 'reason', valueCodeableConcept }],
    losses: [{ element: 'detail.auth-out-network-only', change: 'moved' }],
  }
}

function upcastDetail(detail: Extension): Step {
  const parts = (detail.extension ?? []).filter(hasContent)
  const concept = parts.find(({ url }) => url === 'code')?.valueCodeableConcept
  if (concept?.coding?.some(({ code }) => code === 'auth-out-network-only')) return outOfNetworkReason(detail)
  if (concept === undefined) return drop('detail', 'no-value')
  const { concept: code, generalised } = upcastDetailCode(concept)
  const known = code.coding?.find((coding) => coding.code !== undefined && coding.code in DETAIL_CATEGORY)?.code
  const category = DETAIL_CATEGORY[known ?? ''] ?? 'cat-other'
  const withCategory = hasChild(parts, 'category') ? parts : [{ url: 'category', valueCode: category }, ...parts]
  return {
    children: [
      {
        ...detail,
        extension: withCategory.map((part) => (part.url === 'code' ? { ...part, valueCodeableConcept: code } : part)),
      },
    ],
    losses: generalised ? [{ element: 'detail.code', change: 'generalised' }] : [],
  }
}

function withoutCoding(concept: CodeableConcept | undefined): CodeableConcept {
  return Object.fromEntries(Object.entries(concept ?? {}).filter(([name]) => name !== 'coding'))
}

/** 2.1 has `detail-code` among the reasons; 2.2 among info-needed. */
function upcastReason(reason: Extension): Step {
  const concept = reason.valueCodeableConcept
  const others = concept?.coding?.filter(({ code }) => code !== 'detail-code') ?? []
  if (others.length === (concept?.coding?.length ?? 0)) return keep(reason)
  const kept = others.length > 0 ? { coding: others } : {}
  const remaining: CodeableConcept = { ...withoutCoding(concept), ...kept }
  return {
    children: [
      { url: 'info-needed', valueCode: 'detail-code' },
      ...(Object.keys(remaining).length > 0 ? [{ ...reason, valueCodeableConcept: remaining }] : []),
    ],
    losses: [{ element: 'reason.detail-code', change: 'moved' }],
  }
}

function upcastChild(child: Extension): Step {
  if (!hasContent(child)) return drop(child.url, 'no-value')
  if (child.url === 'response') return drop('response', 'removed')
  if (child.url === 'doc-needed' && child.valueCode === 'both')
    return { children: ['clinical', 'admin'].map((valueCode) => ({ url: 'doc-needed', valueCode })), losses: [] }
  if (child.url === 'contact' && child.valueContactPoint !== undefined) {
    const { valueContactPoint, ...rest } = child
    return keep({ ...rest, valueContactDetail: { telecom: [valueContactPoint] } })
  }
  if (child.url === 'detail') return upcastDetail(child)
  if (child.url === 'reason') return upcastReason(child)
  return keep(child)
}

/** crd-ci-q2: not-covered leaves no room for pa-needed; only `no-auth` can go without a word lost. */
function dropPaNeededWhenNotCovered(step: Step): Step {
  if (!codesOf(step.children, 'covered').includes('not-covered')) return step
  const said = codesOf(step.children, 'pa-needed')
  const lost = said.some((code) => code !== 'no-auth')
  return {
    children: step.children.filter(({ url }) => url !== 'pa-needed'),
    losses: lost ? [...step.losses, { element: 'pa-needed', change: 'removed' }] : step.losses,
  }
}

const saysAny = (children: readonly Extension[], code: string): boolean =>
  ['covered', 'pa-needed', 'doc-needed'].some((name) => codesOf(children, name).includes(code))

/** crd-ci-q3, q6, q8, q9: what the newer version requires and the older did not is filled as *other* and *not given*. */
function fillRequired(step: Step): Step {
  const { children } = step
  const needsInfo = saysAny(children, 'conditional') && !hasChild(children, 'info-needed')
  const withInfo = needsInfo ? [...children, { url: 'info-needed', valueCode: 'OTH' }] : children
  const needsReason =
    !hasChild(withInfo, 'reason') &&
    (codesOf(withInfo, 'info-needed').includes('OTH') ||
      hasChild(withInfo, 'doc-purpose') ||
      saysAny(withInfo, 'indeterminate'))
  return {
    children: needsReason ? [...withInfo, REASON_NOT_GIVEN] : withInfo,
    losses: [
      ...step.losses,
      ...(needsInfo ? [{ element: 'info-needed', change: 'filled' as const }] : []),
      ...(needsReason ? [{ element: 'reason', change: 'filled' as const }] : []),
    ],
  }
}

function withoutRepeatedCodes(children: readonly Extension[]): Extension[] {
  return children.filter(
    (child, index) =>
      child.valueCode === undefined ||
      children.findIndex(({ url, valueCode }) => url === child.url && valueCode === child.valueCode) === index,
  )
}

/** Brings one repetition to CRD 2.2.1 (StructureDefinition ext-coverage-information) and names every loss. */
export function upcastCoverageInformation(extension: Extension): Recoded {
  const steps = (extension.extension ?? []).map(upcastChild)
  const collected: Step = {
    children: withoutRepeatedCodes(steps.flatMap(({ children }) => children)),
    losses: steps.flatMap(({ losses }) => losses),
  }
  const { children, losses } = fillRequired(dropPaNeededWhenNotCovered(collected))
  return { extension: { ...extension, extension: children }, losses }
}
