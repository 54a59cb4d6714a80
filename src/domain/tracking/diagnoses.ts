/** The diagnoses of a request as the review shows them: each code with where it comes from. Pure. */
import type { FhirResource } from 'fhir/r4'
import type { ReviewView } from '../contract/case.ts'
import { listDiagnoses, listUnmapped, type DiagnosisSource } from '../pas/diagnosis-codes.ts'
import { message, type Message } from '../result.ts'

function describeSource(source: DiagnosisSource): Message {
  switch (source.kind) {
    case 'order':
    case 'condition':
      return message(`review.diagnosis.${source.kind}`)
    case 'chart':
      return message('review.diagnosis.chart', { code: source.clinical.code ?? '' })
    case 'map':
      return message('review.diagnosis.map', { code: source.clinical.code ?? '', map: source.url })
  }
}

/** Every diagnosis that goes out. */
export function reviewDiagnoses(
  orders: readonly FhirResource[],
  known: readonly FhirResource[],
): ReviewView['diagnoses'] {
  return listDiagnoses(orders, known).map(({ code, source }) => ({
    code: code.code ?? '',
    name: code.display ?? null,
    source: describeSource(source),
  }))
}

/** Reasons that do not go out, since nothing says their ICD-10-CM code. */
export function diagnosisProblems(
  orders: readonly FhirResource[],
  known: readonly FhirResource[],
): ReviewView['problems'] {
  return listUnmapped(orders, known).map(({ code, display }) => ({
    severity: 'warns',
    message: message('problem.diagnosis.unmapped', { name: display ?? code ?? '' }),
    screen: 'coverage',
    formId: null,
    itemKey: null,
  }))
}
