/**
 * The diagnoses of orders as ICD-10-CM, each with where the code comes from: the order itself, the condition that it points to,
 * another entry of the chart for the same clinical code, or a ConceptMap that the chart holds. Nothing is guessed: a clinical
 * code that nothing maps stays out, and is named. Pure.
 */
import type {
  CodeableConcept,
  Coding,
  ConceptMap,
  Condition,
  DeviceRequest,
  FhirResource,
  MedicationRequest,
  ServiceRequest,
} from 'fhir/r4'
import { SYSTEM } from '../fhir/canonical.ts'
import { isSameReference, referenceTo } from '../fhir/reference.ts'

/** Where an ICD-10-CM code was taken from. */
export type DiagnosisSource =
  | { readonly kind: 'order' }
  | { readonly kind: 'condition'; readonly reference: string }
  /** Another condition of the chart carries both codes. */
  | { readonly kind: 'chart'; readonly reference: string; readonly clinical: Coding }
  /** A ConceptMap, by its canonical. */
  | { readonly kind: 'map'; readonly url: string; readonly clinical: Coding }

export interface DiagnosisCode {
  readonly code: Coding
  readonly recordedDate: string | undefined
  readonly source: DiagnosisSource
}

const isIcd = ({ system, code }: Coding): boolean => system === SYSTEM.icd10cm && code !== undefined
const icdOf = (concept: CodeableConcept | undefined): Coding[] => concept?.coding?.filter(isIcd) ?? []
const clinicalOf = (concept: CodeableConcept | undefined): Coding[] =>
  concept?.coding?.filter(({ system, code }) => system === SYSTEM.snomed && code !== undefined) ?? []

const isCode = (coding: Coding, { system, code }: Coding): boolean => coding.system === system && coding.code === code
/** The target means the same, or what holds of the source, too. */
const EQUIVALENT = ['equivalent', 'equal', 'wider', 'subsumes']

/** ICD-10-CM of a clinical code by a ConceptMap: its first target that means no less. */
function byMap(
  clinical: Coding,
  known: readonly FhirResource[],
): { code: Coding; source: DiagnosisSource } | undefined {
  const maps = known.filter((one): one is ConceptMap => one.resourceType === 'ConceptMap')
  for (const map of maps)
    for (const group of map.group ?? []) {
      if (group.source !== clinical.system || group.target !== SYSTEM.icd10cm) continue
      const element = group.element.find(({ code }) => code === clinical.code)
      const target = element?.target?.find(({ equivalence }) => EQUIVALENT.includes(equivalence))
      if (target?.code !== undefined)
        return {
          code: { system: SYSTEM.icd10cm, code: target.code, ...(target.display ? { display: target.display } : {}) },
          source: { kind: 'map', url: map.url ?? referenceTo(map) ?? '', clinical },
        }
    }
  return undefined
}

/** ICD-10-CM of a clinical code by another condition that carries both. */
function byChart(
  clinical: Coding,
  known: readonly FhirResource[],
): { code: Coding; source: DiagnosisSource } | undefined {
  for (const one of known) {
    if (one.resourceType !== 'Condition' || one.code?.coding?.some((coding) => isCode(coding, clinical)) !== true)
      continue
    const [code] = icdOf(one.code)
    if (code !== undefined) return { code, source: { kind: 'chart', reference: referenceTo(one) ?? '', clinical } }
  }
  return undefined
}

/** What a concept says in ICD-10-CM itself, else what its clinical codes map to. */
function readConcept(
  concept: CodeableConcept | undefined,
  own: DiagnosisSource,
  recordedDate: string | undefined,
  known: readonly FhirResource[],
): DiagnosisCode[] {
  const direct = icdOf(concept).map((code) => ({ code, recordedDate, source: own }))
  if (direct.length > 0) return direct
  const mapped = clinicalOf(concept).map((clinical) => byChart(clinical, known) ?? byMap(clinical, known))
  const [first] = mapped.flatMap((one) => one ?? [])
  return first === undefined ? [] : [{ ...first, recordedDate }]
}

const dayOf = (value: string | undefined): string | undefined => /^\d{4}-\d{2}-\d{2}/.exec(value ?? '')?.[0]

type Reasoned = MedicationRequest | ServiceRequest | DeviceRequest
const hasReasons = (order: FhirResource | undefined): order is Reasoned =>
  ['MedicationRequest', 'ServiceRequest', 'DeviceRequest'].includes(order?.resourceType ?? '')

const findCondition = (reference: string | undefined, known: readonly FhirResource[]): Condition | undefined =>
  known.find(
    (one): one is Condition => one.resourceType === 'Condition' && isSameReference(referenceTo(one), reference),
  )

/** The diagnoses that an order gives as its reasons, in its order. */
export function readDiagnoses(order: FhirResource | undefined, known: readonly FhirResource[]): DiagnosisCode[] {
  if (!hasReasons(order)) return []
  const pointed = (order.reasonReference ?? []).flatMap(({ reference }) => {
    const found = findCondition(reference, known)
    if (found === undefined) return []
    const source = { kind: 'condition', reference: referenceTo(found) ?? '' } as const
    return readConcept(found.code, source, dayOf(found.recordedDate), known)
  })
  const coded = (order.reasonCode ?? []).flatMap((concept) => readConcept(concept, { kind: 'order' }, undefined, known))
  const dated = coded.map((one) => ({
    ...one,
    recordedDate: pointed.find(({ code }) => code.code === one.code.code)?.recordedDate,
  }))
  return [...dated, ...pointed]
}

/** Every diagnosis of some orders, each code once, in their order. */
export function listDiagnoses(orders: readonly FhirResource[], known: readonly FhirResource[]): DiagnosisCode[] {
  const all = orders.flatMap((order) => readDiagnoses(order, known))
  return all.filter((one, index) => all.findIndex(({ code }) => code.code === one.code.code) === index)
}

/** Reasons of the orders in clinical codes that nothing maps: the request goes out without them. */
export function listUnmapped(orders: readonly FhirResource[], known: readonly FhirResource[]): Coding[] {
  const reasons = orders.flatMap((order): (CodeableConcept | undefined)[] => {
    if (!hasReasons(order)) return []
    const pointed = (order.reasonReference ?? []).map(({ reference }) => findCondition(reference, known)?.code)
    return [...(order.reasonCode ?? []), ...pointed]
  })
  return reasons.flatMap((concept) => {
    const isMapped = readConcept(concept, { kind: 'order' }, undefined, known).length > 0
    return isMapped ? [] : clinicalOf(concept).slice(0, 1)
  })
}
