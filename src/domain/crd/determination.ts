/** A payer's statement as the coverage screen shows it: all sixteen sub-extensions, nothing interpreted away (conf-6). */
import type { ContactDetail } from 'fhir/r4'
import type { CoverageState, DeterminationView, OrderGroupView } from '../contract/launch.ts'
import type { CoverageDetail, CoverageInformation, DetailValue } from './coverage-information.ts'

const NOTHING_SAID: Omit<DeterminationView, 'state'> = {
  covered: null,
  paNeeded: null,
  docNeeded: [],
  docPurpose: [],
  infoNeeded: [],
  questionnaires: [],
  billingCodes: [],
  reasons: [],
  details: [],
  contacts: [],
  dependencies: [],
  satisfiedPaId: null,
  assertionId: null,
  date: null,
  expiryDate: null,
}

function writeDetailValue(value: DetailValue | null): string {
  if (value === null) return ''
  switch (value.kind) {
    case 'boolean':
      return String(value.value)
    case 'text':
    case 'link':
      return value.value
    case 'quantity':
      return [value.value === null ? '' : String(value.value), value.unit ?? ''].join(' ').trim()
    case 'period':
      return `${value.start ?? ''}/${value.end ?? ''}`
  }
}

function isWebLink(value: string): boolean {
  return /^https?:\/\//i.test(value)
}

function viewDetail(detail: CoverageDetail): DeterminationView['details'][number] {
  const value = writeDetailValue(detail.value)
  return {
    category: detail.category,
    code: detail.code,
    value,
    qualification: detail.qualification,
    isLink: detail.value?.kind === 'link' && isWebLink(value),
  }
}

function viewContact(contact: ContactDetail): DeterminationView['contacts'][number] {
  return {
    name: contact.name ?? null,
    telecom: (contact.telecom ?? []).flatMap(({ system, value }) =>
      value === undefined ? [] : [{ system: system ?? null, value }],
    ),
  }
}

/** What is shown of one order: the statement that applies, or that nothing was said. */
export function viewDetermination(state: CoverageState, information: CoverageInformation | null): DeterminationView {
  if (information === null) return { state, ...NOTHING_SAID }
  return {
    state,
    covered: information.covered,
    paNeeded: information.paNeeded,
    docNeeded: [...information.docNeeded],
    docPurpose: [...information.docPurpose],
    infoNeeded: [...information.infoNeeded],
    questionnaires: [...information.questionnaires],
    billingCodes: information.billingCodes.flatMap(({ system, code, display }) =>
      code === undefined ? [] : [{ system: system ?? null, code, display: display ?? null }],
    ),
    reasons: information.reasons.flatMap(({ coding, text }) => {
      const code = coding?.find((candidate) => candidate.code !== undefined)?.code ?? null
      return code === null && text === undefined ? [] : [{ code, text: text ?? null }]
    }),
    details: information.details.map(viewDetail),
    contacts: information.contacts.map(viewContact),
    dependencies: [...information.dependencies],
    satisfiedPaId: information.satisfiedPaId,
    assertionId: information.assertionId,
    date: information.date,
    expiryDate: information.expiryDate,
  }
}

/** The payer's own words in a statement: reasons' text, instructions, qualifications; each once, with its source. */
export function readQuotes(statements: readonly CoverageInformation[], source: string): OrderGroupView['quotes'] {
  const quotes = statements.flatMap((information) => {
    const texts = [
      ...information.reasons.flatMap(({ text }) => text ?? []),
      ...information.details.flatMap(({ code, value, qualification }) => [
        ...(code === 'instructions' && value?.kind === 'text' ? [value.value] : []),
        ...(qualification === null ? [] : [qualification]),
      ]),
    ]
    return texts.map((text) => ({ text, source, assertionId: information.assertionId }))
  })
  return quotes.filter(({ text }, index) => quotes.findIndex((other) => other.text === text) === index)
}
