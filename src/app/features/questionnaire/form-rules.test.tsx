/** How a form is to be used, on the screen: in which order, by whom, which part by whom, and what it shows when. */
import { cleanup, screen, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { cqlFailureKeyOf } from '#domain/dtr/form/open-form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { message } from '#domain/result.ts'
import { launch } from '../../testing/fixtures.ts'
import { API, CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'
import { rulesView } from '../../testing/rules-form.ts'

async function open(view: FormView, options: { wide?: boolean; reference?: string | null } = {}) {
  const base = launch()
  const reference = options.reference === undefined ? base.user.reference : options.reference
  const app = await renderApp(
    `${CASE_PATH}/form`,
    {
      [`GET ${API}`]: { body: { ...base, user: { ...base.user, reference } } },
      [`GET ${CASE_API}/form`]: { body: view },
      [`PUT ${CASE_API}/form`]: { body: { version: 8, savedAt: '2026-11-28T10:00:00Z' } },
      [`GET ${CASE_API}/form/history`]: { body: { changes: [] } },
    },
    options,
  )
  await app.user.click(await screen.findByRole('button', { name: /^All ·/ }))
  return app
}

const field = (name: string) => screen.findByRole<HTMLInputElement>('textbox', { name: new RegExp(`^${name}`) })
const locked = async (name: string): Promise<boolean> => (await field(name)).readOnly

describe('a sequential form', () => {
  it('lets a person answer in order only, and says why the rest is closed', async () => {
    const { user } = await open(rulesView([{ url: EXT.entryMode, valueCode: 'sequential' }]))
    expect(screen.getByText(/This form is answered in order/)).toBeTruthy()
    expect([await locked('First word'), await locked('Second word')]).toEqual([false, true])
    expect(screen.getAllByText('Answer what is open above first.').length).toBeGreaterThan(0)
    await user.type(await field('First word'), 'one')
    await user.tab()
    expect(await locked('Second word')).toBe(false)
    await user.type(await field('Second word'), 'two')
    await user.tab()
    expect([await locked('First word'), await locked('Second word')]).toEqual([true, false])
    const first = await field('First word')
    const words = (first.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id))
    expect(words.map((element) => element?.textContent)).toContain(
      'You have gone past this question. This form does not let you go back.',
    )
  })

  it.each(['prior-edit', 'random'])('is another thing than a form of mode %s', async (mode) => {
    const { user } = await open(rulesView([{ url: EXT.entryMode, valueCode: mode }]))
    await user.type(await field('Second word'), 'two')
    expect([await locked('First word'), await locked('Second word')]).toEqual([false, false])
  })
})

describe('who a form asks', () => {
  const asks = rulesView([{ url: EXT.performerType, valueCode: 'Patient' }])

  it('is said, and nobody else can answer it', async () => {
    await open(asks)
    expect(screen.getByText('This form is to be answered by: Patient. You can read it here.')).toBeTruthy()
    expect(await locked('First word')).toBe(true)
  })

  it('is said where it is not known who the person is, and they can answer', async () => {
    await open(asks, { reference: null })
    expect(screen.getByText('To be answered by: Patient')).toBeTruthy()
    expect(await locked('First word')).toBe(false)
  })
})

describe('a part that was handed over', () => {
  const audience = ['clinical', 'admin'].map((valueCode) => ({ url: EXT.questionnaireAudience, valueCode }))
  const held = (owner: 'clinician' | 'pa-staff', more = {}): Partial<FormView> => ({
    delegation: [{ part: 'admin', owner, since: '2026-11-28T09:00:00Z', by: 'Lena Ruiz, MD', mayChange: true }],
    ...more,
  })
  // Of two displays between questions it is not said which ends the clinical part.
  const whole = rulesView([]).questionnaire as unknown as Questionnaire
  const item = (whole.item ?? []).map((group) => ({
    ...group,
    item: (group.item ?? []).filter(({ linkId }) => linkId !== 'aside'),
  }))

  it('is read by whoever gave it, who can take it back', async () => {
    await open(rulesView(audience, { item }, held('pa-staff')))
    expect([await locked('First word'), await locked('Phone of the office')]).toEqual([false, true])
    expect(screen.getAllByText('Somebody else has this part in hand.')).toHaveLength(2)
    expect(screen.getByRole('button', { name: 'Take it back' })).toBeTruthy()
  })

  it('is answered again by whoever took it back', async () => {
    await open(rulesView(audience, { item }, held('clinician')))
    expect(await locked('Phone of the office')).toBe(false)
  })
})

describe('what a form says of itself', () => {
  it('is told in plain words where it is odd', async () => {
    await open(rulesView([], { status: 'retired', subjectType: ['Device'] }))
    expect(screen.getByText(/marks this form as retired/)).toBeTruthy()
    expect(screen.getByText(/This form is not about a patient, but about: Device/)).toBeTruthy()
  })

  it('is told at the group where it is the group that is wrong', async () => {
    const part = { url: EXT.subQuestionnaire, valueCanonical: 'https://payer.example/Questionnaire/part' }
    const faulty = (linkId: string, text: string, more = {}): QuestionnaireItem => ({
      linkId,
      type: 'group',
      text,
      extension: [part],
      item: [{ linkId: `${linkId}.1`, type: 'string', text: `Asked in ${text}` }],
      ...more,
    })
    const inner = faulty('inner', 'Inner part')
    const rows = faulty('row', 'Row', { repeats: true })
    const outer = faulty('outer', 'Outer part', { item: [inner, rows] })
    await open(rulesView([], { item: [outer] }))
    for (const name of ['Outer part', 'Inner part', 'Row 1'])
      expect(within(screen.getByRole('region', { name })).getAllByText(/did not come with it/)).not.toHaveLength(0)
    expect(screen.getAllByText(/A part of the payer’s form did not come with it/)).toHaveLength(3)
  })

  it('holds whose it is', async () => {
    await open(
      rulesView([{ url: EXT.copyrightLabel, valueString: '© 2026 A payer' }], { copyright: 'All rights reserved.' }),
    )
    expect(screen.getByText('© 2026 A payer')).toBeTruthy()
    expect(screen.getByText('All rights reserved.')).toBeTruthy()
  })
})

describe('what is shown when', () => {
  it('leaves an item for display out while the form is filled in, and shows it once it is finished', async () => {
    await open(rulesView([]))
    expect(screen.queryByText('Only to be read')).toBeNull()
  })

  it('shows an item for display once the form is finished', async () => {
    await open(rulesView([], {}, { status: 'completed' }))
    expect(screen.getByText('Only to be read')).toBeTruthy()
  })

  it('leaves out a display that may be left out where there is little room', async () => {
    await open(rulesView([]))
    expect(screen.getByText('A word aside')).toBeTruthy()
    cleanup()
    await open(rulesView([]), { wide: false })
    expect(screen.getByText('The clinical part is done.')).toBeTruthy()
    expect(screen.queryByText('A word aside')).toBeNull()
  })

  it('shows the history of every answer on a narrow screen, too', async () => {
    const { user } = await open(rulesView([]), { wide: false })
    await user.type(await field('Second word'), 'two')
    await user.tab()
    await user.click(screen.getByRole('button', { name: 'History of the answer to Second word' }))
    expect(await screen.findByText('No change to this answer has been saved yet.')).toBeTruthy()
  })
})

describe('what stands under the answers of a question that takes several', () => {
  const drugs: QuestionnaireItem = {
    linkId: 'drug',
    text: 'Drug tried',
    type: 'string',
    repeats: true,
    item: [
      { linkId: 'dose', text: 'Dose', type: 'string' },
      {
        linkId: 'why',
        text: 'Why B',
        type: 'string',
        enableWhen: [{ question: 'drug', operator: '=', answerString: 'B' }],
      },
    ],
  }
  const response = {
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    item: [
      {
        linkId: 'drug',
        answer: ['A', 'B'].map((valueString) => ({
          valueString,
          item: [{ linkId: 'dose', answer: [{ valueString: `dose of ${valueString}` }] }],
        })),
      },
    ],
  } as unknown as NonNullable<FormView['response']>
  const under = (answer: string) =>
    within(screen.getByRole('group', { name: answer }))
      .getAllByRole<HTMLInputElement>('textbox')
      .map(({ value }) => value)

  it('stands below its answer and is named after it', async () => {
    const { user } = await open(rulesView([], { item: [drugs] }, { response }))
    await screen.findByRole('group', { name: 'A' })
    expect([under('A'), under('B')]).toEqual([['dose of A'], ['dose of B', '']])
    await user.click(screen.getAllByRole('button', { name: /^Remove/ })[0] as HTMLElement)
    expect(screen.queryByRole('group', { name: 'A' })).toBeNull()
    expect(under('B')).toEqual(['dose of B', ''])
  })

  it('is told apart in the list of all answers', async () => {
    const { user } = await open(rulesView([], { item: [drugs] }, { response }))
    await user.click(screen.getByRole('button', { name: 'Read through' }))
    expect(await screen.findByText('Dose (A)')).toBeTruthy()
    expect(screen.getByText('Dose (B)')).toBeTruthy()
  })
})

it('draws options of several parts as a table', async () => {
  const { user } = await open(rulesView([]))
  const table = await screen.findByRole('table', { name: 'Which level?' })
  expect(
    within(table)
      .getAllByRole('columnheader')
      .map(({ textContent }) => textContent),
  ).toEqual(['Code', 'Meaning'])
  await user.click(within(table).getByText('L2'))
  expect(within(table).getByRole<HTMLInputElement>('radio', { name: 'Severe' }).checked).toBe(true)
})

it('opens the payer’s form for a new entry, and takes what was entered as the answer', async () => {
  const { user } = await open(rulesView([]))
  await user.click(await screen.findByRole('button', { name: 'Enter a new one' }))
  const dialog = await screen.findByRole('dialog', { name: 'New: Who referred the patient?' })
  await user.click(within(dialog).getByRole('button', { name: 'Take this one' }))
  expect(within(dialog).getByText('An answer is required.')).toBeTruthy()
  await user.type(await within(dialog).findByRole('textbox', { name: /^Family name/ }), 'Doe')
  await user.tab()
  await user.click(within(dialog).getByRole('button', { name: 'Take this one' }))
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /Doe/ }).checked).toBe(true)
})

describe('a rule of the form that could not be run', () => {
  const cql = (name: string) => ({ language: 'text/cql-identifier', expression: `"Rules"."${name}"` })
  const computed = (linkId: string, valueExpression: { language: string; expression: string }): QuestionnaireItem => ({
    linkId,
    type: 'string',
    text: linkId,
    extension: [{ url: EXT.calculatedExpression, valueExpression }],
  })
  const ruled = (failing: readonly string[], dtrVersion: FormView['dtrVersion']): FormView => ({
    ...rulesView([]),
    dtrVersion,
    questionnaire: {
      resourceType: 'Questionnaire',
      status: 'active',
      item: [
        computed('Running', { language: 'text/fhirpath', expression: "'computed'" }),
        ...failing.map((name) => computed(name, cql(name))),
      ],
    },
    chart: Object.fromEntries(
      failing.map((name) => [cqlFailureKeyOf(cql(name)), [message('form.lookup.cql-timeout', { name })]]),
    ),
  })
  /** What the footer says of it once the form's logic runs here. */
  const said = async (view: FormView): Promise<string | undefined> => {
    await open(view)
    await screen.findByDisplayValue('computed')
    return within(screen.getByRole('contentinfo')).queryByRole('status')?.textContent.trim()
  }

  it('is said in the footer, with how many there are', async () => {
    expect(await said(ruled(['One'], '2.2'))).toMatch(/^A rule of the payer’s form could not be run/)
    cleanup()
    expect(await said(ruled(['One', 'Two'], '2.2'))).toMatch(/^2 rules of the payer’s form could not be run/)
  })
  it('stops nothing where the payer speaks a version that lets go on', async () => {
    expect(await said(ruled(['One'], '2.0.1'))).toBeUndefined()
  })
  it('is not said of a form whose rules run', async () => {
    expect(await said(ruled([], '2.2'))).toBeUndefined()
  })
})
