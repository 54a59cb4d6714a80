/**
 * CRD 2.2.1 form of ext-coverage-information → 2.0.1 or 2.1, for EHRs that speak those. What an older version cannot say
 * is generalised towards caution (never towards "no authorization needed") and named as a loss.
 */
import type { CodeableConcept, Coding, Extension } from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { err, ok, type Failure, type Result } from '../result.ts'
import { codesOf, hasChild, type CodecLoss, type CrdVersion, type Recoded } from './sub-extension.ts'

export type DowncastFailure = Failure<'required-element-missing'>

type Step = { readonly children: Extension[]; readonly losses: CodecLoss[] }
type OlderVersion = Exclude<CrdVersion, '2.2'>

const code = (url: string, valueCode: string): Extension => ({ url, valueCode })
const loss = (element: string, change: CodecLoss['change']): CodecLoss => ({ element, change })

function downcastDetail(detail: Extension, version: OlderVersion): Step {
  const losses: CodecLoss[] = []
  const parts = (detail.extension ?? []).flatMap((part): Extension[] => {
    if (part.url === 'category') return []
    if (part.url === 'code') return [{ ...part, valueCodeableConcept: downcastDetailCode(part.valueCodeableConcept) }]
    if (part.url === 'value' && part.valueUrl !== undefined && version === '2.0.1') {
      losses.push(loss('detail.value', 'generalised'))
      return [{ url: 'value', valueString: part.valueUrl }]
    }
    return [part]
  })
  return { children: [{ ...detail, extension: parts }], losses }
}

function downcastDetailCode(concept: CodeableConcept | undefined): CodeableConcept {
  const known = concept?.coding?.find(({ system }) => system === SYSTEM.crdCoverageDetail || system === SYSTEM.crdTemp)
  const others = concept?.coding?.filter(
    ({ system }) => system !== SYSTEM.crdCoverageDetail && system !== SYSTEM.crdTemp,
  )
  const coding: Coding[] = [
    ...(known?.code === undefined ? [] : [{ system: SYSTEM.crdTemp, code: known.code }]),
    ...(others ?? []),
  ]
  return { ...concept, coding }
}

function downcastContact(contact: Extension): Step {
  const detail = contact.valueContactDetail
  if (detail === undefined) return { children: [contact], losses: [] }
  return {
    children: (detail.telecom ?? []).map((valueContactPoint) => ({ url: 'contact', valueContactPoint })),
    losses: detail.name === undefined ? [] : [loss('contact.name', 'removed')],
  }
}

/** `indeterminate` is new in 2.2; the nearest older word is `conditional`, which asks for more and promises nothing. */
function downcastChild(child: Extension, version: OlderVersion): Step {
  switch (child.url) {
    case 'covered':
    case 'pa-needed':
    case 'doc-needed':
      return child.valueCode === 'indeterminate'
        ? { children: [code(child.url, 'conditional')], losses: [loss(child.url, 'generalised')] }
        : { children: [child], losses: [] }
    case 'info-needed':
      return child.valueCode === 'detail-code'
        ? {
            children: [
              { url: 'reason', valueCodeableConcept: { coding: [{ system: SYSTEM.crdTemp, code: 'detail-code' }] } },
            ],
            losses: [],
          }
        : { children: [child], losses: [] }
    case 'detail':
      return downcastDetail(child, version)
    case 'contact':
      return downcastContact(child)
    case 'expiry-date':
      return version === '2.0.1'
        ? { children: [], losses: [loss('expiry-date', 'removed')] }
        : { children: [child], losses: [] }
    default:
      return { children: [child], losses: [] }
  }
}

/** 2.0.1 doc-needed is 0..1 of clinical, admin, both, conditional. */
function mergeDocNeeded(step: Step): Step {
  const said = codesOf(step.children, 'doc-needed')
  if (said.length === 0) return step
  const clinical = said.includes('clinical')
  const admin = said.includes('admin') || said.includes('patient')
  const merged = clinical && admin ? 'both' : clinical ? 'clinical' : admin ? 'admin' : 'conditional'
  const others = step.children.filter(({ url }) => url !== 'doc-needed')
  const lost = said.includes('patient') || (said.includes('conditional') && merged !== 'conditional')
  return {
    children: [...others, code('doc-needed', merged)],
    losses: lost ? [...step.losses, loss('doc-needed', 'generalised')] : step.losses,
  }
}

/** 2.0.1 crd-ci-q2 wants pa-needed always: `no-auth` with not-covered, `conditional` where the payer did not say. */
function fillPaNeeded(step: Step): Step {
  if (hasChild(step.children, 'pa-needed')) return step
  const notCovered = codesOf(step.children, 'covered').includes('not-covered')
  return {
    children: [...step.children, code('pa-needed', notCovered ? 'no-auth' : 'conditional')],
    losses: [...step.losses, loss('pa-needed', 'filled')],
  }
}

/** `conditional` exactly when info-needed: 2.1 asks one direction, 2.0.1 the other. */
function balanceConditional(step: Step, version: OlderVersion): Step {
  const names = ['covered', 'pa-needed', 'doc-needed']
  const conditional = names.some((name) => codesOf(step.children, name).includes('conditional'))
  const asks = hasChild(step.children, 'info-needed')
  if (conditional && !asks)
    return {
      children: [...step.children, code('info-needed', 'OTH')],
      losses: [...step.losses, loss('info-needed', 'filled')],
    }
  if (!conditional && asks && version === '2.0.1')
    return {
      children: step.children.filter(({ url }) => url !== 'info-needed'),
      losses: [...step.losses, loss('info-needed', 'removed')],
    }
  return step
}

const REQUIRED = ['coverage', 'covered', 'date', 'coverage-assertion-id']

/**
 * Writes one repetition for a version. Fails where an element that every version requires is missing: such a statement is
 * not passed on. 2.2 comes back as it is.
 */
export function downcastCoverageInformation(
  extension: Extension,
  version: CrdVersion,
): Result<Recoded, DowncastFailure> {
  const children = extension.extension ?? []
  const missing = REQUIRED.find((name) => !hasChild(children, name))
  if (missing !== undefined) return err({ reason: 'required-element-missing', params: { element: missing } })
  if (version === '2.2') return ok({ extension, losses: [] })
  const steps = children.map((child) => downcastChild(child, version))
  const collected: Step = {
    children: steps.flatMap((step) => step.children),
    losses: steps.flatMap((step) => step.losses),
  }
  const shaped = version === '2.0.1' ? fillPaNeeded(mergeDocNeeded(collected)) : collected
  const balanced = balanceConditional(shaped, version)
  return ok({ extension: { ...extension, extension: balanced.children }, losses: balanced.losses })
}
