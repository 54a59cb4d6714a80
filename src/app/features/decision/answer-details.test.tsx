/** The payer's showcase on the decision screen: without any one of its must-support elements, the screen says something else. */
import { screen, within } from '@testing-library/react'
import type { i18n as I18n } from 'i18next'
import { renderToStaticMarkup } from 'react-dom/server'
import { I18nextProvider } from 'react-i18next'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CaseView } from '#domain/contract/case.ts'
import { readPasResponse } from '#domain/pas/read-pas-response.ts'
import { applyAnswer } from '#domain/tracking/apply-answer.ts'
import { DecidedLines } from '../../components/line-table.tsx'
import { startI18n } from '../../i18n/i18n.ts'
import { CASE_ID, caseView, LAUNCH_ID, line } from '../../testing/fixtures.ts'
import {
  CLAIM_RESPONSE,
  COMMUNICATION_REQUEST,
  INQUIRY_RESPONSE,
  TASK,
  without,
} from '../../testing/must-support-elements.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'
import showcase from '../../testing/fixtures/showcase-answer.json' with { type: 'json' }
import { AnswerDetails } from './answer-details.tsx'
import { InformationRequests } from './information-requests.tsx'
import { Rejections } from './rejections.tsx'

let i18n: I18n
beforeAll(async () => {
  i18n = await startI18n(['en-US'])
})

const { communicationRequest: _asked, ...answer } = showcase.entry[0]!.resource as Record<string, unknown>
const inquired = {
  ...showcase,
  entry: [
    { ...showcase.entry[0], resource: answer },
    ...showcase.entry.slice(1).filter(({ resource }) => resource.resourceType !== 'CommunicationRequest'),
  ],
}

/** The case after this answer. */
function viewOf(bundle: object): CaseView {
  const lines = [line(1), line(2), line(3)]
  const read = readPasResponse(bundle, { version: '2.2.1', requestedSequences: [1, 2, 3] })
  if (!read.ok) throw new Error(read.error.reason)
  const change = applyAnswer(lines, [], read.value)
  return caseView({
    state: change.state,
    lines: lines.map((one) => ({ ...one, ...change.lines.find(({ sequence }) => sequence === one.sequence) })),
    requests: change.requests.map((request) => ({ ...request, elsewhere: null })),
    errors: change.errors,
    answer: change.answer,
    clocks: [],
    timeline: [],
  })
}

/** Everything that the parts of the screen that tell the answer say, opened or not. */
function wordsOf(bundle: object): string {
  const view = viewOf(bundle)
  const caseKey = { launchId: LAUNCH_ID, caseId: CASE_ID }
  return renderToStaticMarkup(
    <I18nextProvider i18n={i18n}>
      <Rejections view={view} />
      <InformationRequests caseKey={caseKey} view={view} />
      <DecidedLines lines={view.lines} payer={view.payer.name} />
      <AnswerDetails view={view} />
    </I18nextProvider>,
  )
}

describe('the payer’s whole answer', () => {
  it('says each part in its place', async () => {
    await renderApp(CASE_PATH, { [`GET ${CASE_API}`]: { body: viewOf(showcase) } })
    const details = within(await screen.findByRole('region', { name: 'All that CareSource answered' }))
    const partOf = (name: RegExp) => details.getByText(name).closest('details')!
    const granted = partOf(/^Line 1 as CareSource allows it/)
    expect(granted.textContent).toContain('Quantity87 units')
    expect(granted.textContent).toContain('Price per unit81.75 USD')
    expect(granted.textContent).toContain('Early and periodic screeningno')
    expect(partOf(/^Line 1 as it was asked for/).textContent).toContain('Quantity175 units')
    expect(partOf(/^The whole request/).textContent).toContain('Request not named becauseunknown')
    const added = partOf(/^Line 4, added by CareSource/)
    expect(added.open).toBe(true)
    expect(added.textContent).toContain('G0154')
  })

  it('lists each request for information once, with its deadline and what is asked for in our own words', async () => {
    await renderApp(CASE_PATH, { [`GET ${CASE_API}`]: { body: viewOf(showcase) } })
    const requests = await screen.findByRole('region', { name: 'CareSource asks for more before it decides' })
    const rows = within(requests)
      .getAllByRole('listitem')
      .map((row) => row.textContent)
    expect(rows).toHaveLength(3)
    expect(rows[1]).toContain('Consultation note')
    expect(rows[1]).toMatch(/Dec 6, 2026/)
    expect(rows[2]).toContain('The payer’s questionnaire')
  })

  it('does not call the answer a rejection where the payer decided all the same', async () => {
    await renderApp(CASE_PATH, { [`GET ${CASE_API}`]: { body: viewOf(showcase) } })
    const faults = await screen.findByRole('region', { name: 'What CareSource found wrong' })
    expect(faults.textContent).toContain('The date of service is missing or not valid.')
    expect(faults.textContent).toContain('2000F-DTP03')
  })
})

describe.each([
  ['72 elements of a ClaimResponse', CLAIM_RESPONSE, showcase],
  ['24 elements of a Task', TASK, showcase],
  ['11 elements of a CommunicationRequest', COMMUNICATION_REQUEST, showcase],
  ['71 elements of an inquiry’s answer', INQUIRY_RESPONSE, inquired],
] as const)('%s', (_name, elements, bundle) => {
  let whole = ''
  beforeAll(() => {
    whole = wordsOf(bundle)
  })
  it.each(elements)('%s is shown', (element) => {
    expect(wordsOf(without(bundle, element))).not.toBe(whole)
  })
})
