/**
 * What a payer decides on an adaptive response: coverage-information at its root (dtr.md §4, §6). It belongs to the orders of
 * the response too; one coverage with one assertion id is one statement, and a newer one replaces it (spec-47).
 */
import type { Extension, QuestionnaireResponse } from 'fhir/r4'
import type { Determination } from '../contract/form.ts'
import { readCoverageInformation } from '../crd/coverage-information.ts'
import { upcastCoverageInformation } from '../crd/upcast.ts'
import { EXT } from '../fhir/canonical.ts'
import { readExtensions } from '../fhir/extension.ts'
import { isSameReference } from '../fhir/reference.ts'

/** The determinations of a response, with the orders that it is about. */
export function readDeterminations(response: QuestionnaireResponse): Determination[] {
  const orders = readExtensions(response, EXT.qrContext).flatMap(
    ({ valueReference }) => valueReference?.reference ?? [],
  )
  return listDeterminations(response).map((extension) => {
    const said = readCoverageInformation(extension)
    return {
      covered: said.covered,
      paNeeded: said.paNeeded,
      docNeeded: [...said.docNeeded],
      satisfiedPaId: said.satisfiedPaId,
      assertionId: said.assertionId,
      date: said.date,
      expiryDate: said.expiryDate,
      reasons: said.reasons.flatMap(({ text, coding }) => text ?? coding?.[0]?.display ?? coding?.[0]?.code ?? []),
      questionnaires: [...said.questionnaires],
      orders: orders.filter((reference) => !/(^|\/)Coverage\//.test(reference)),
      flagged: null,
    }
  })
}

/** The extensions themselves, in the form of CRD 2.2.1. */
export function listDeterminations(response: Pick<QuestionnaireResponse, 'extension'>): Extension[] {
  return readExtensions(response, EXT.coverageInformation).map((one) => upcastCoverageInformation(one).extension)
}

/** The statements after newer ones came in: same coverage and same assertion id replaces, anything else is added. */
export function mergeDeterminations(before: readonly Extension[], newer: readonly Extension[]): Extension[] {
  const isReplaced = (old: Extension): boolean => {
    const was = readCoverageInformation(old)
    return newer.some((one) => {
      const is = readCoverageInformation(one)
      return isSameReference(is.coverage ?? undefined, was.coverage ?? undefined) && is.assertionId === was.assertionId
    })
  }
  return [...before.filter((old) => !isReplaced(old)), ...newer]
}
