import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { formView } from '../../testing/form-fixture.ts'
import { CASE_API, CASE_PATH, renderApp } from '../../testing/render-app.tsx'

const FORM = `${CASE_API}/form`
const NO_META: FormView['meta'] = { origins: {}, lookups: {}, cleared: [] }
const SAVED = { body: { version: 8, savedAt: '2026-11-28T10:00:00Z' } }

async function open(overrides: Partial<FormView> = {}, more: Parameters<typeof renderApp>[1] = {}) {
  const app = await renderApp(`${CASE_PATH}/form`, {
    [`GET ${FORM}`]: { body: formView(overrides) },
    [`PUT ${FORM}`]: SAVED,
    ...more,
  })
  await screen.findByRole('navigation', { name: 'Sections' })
  const bodyOf = (method: string, path: string): unknown =>
    app.server.asked.findLast((asked) => asked.method === method && asked.path === path)?.body
  return { ...app, bodyOf }
}

describe('reading the answers through', () => {
  it('lists first what needs somebody, then the rest by origin, and leads to each', async () => {
    const { user } = await open()
    await user.click(screen.getByRole('button', { name: 'Read through' }))
    const needing = screen.getByRole('region', { name: /need/ })
    expect(within(needing).getAllByRole('listitem').length).toBeGreaterThan(0)
    await user.click(screen.getByRole('button', { name: /^Empty ·/ }))
    expect(screen.getByRole('button', { name: 'Go to Flare in the last month' })).toBeTruthy()
    await user.click(within(needing).getByRole('button', { name: 'Harvey-Bradshaw index' }))
    await waitFor(() =>
      expect(document.activeElement).toBe(screen.getByRole('textbox', { name: /Harvey-Bradshaw index/ })),
    )
  })

  it('shows what is sent without being asked', async () => {
    const hidden = 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden'
    const { user } = await open({
      questionnaire: {
        resourceType: 'Questionnaire',
        item: [
          {
            linkId: 'id',
            type: 'string',
            text: 'Member id',
            extension: [{ url: hidden, valueBoolean: true }],
          },
        ],
      },
      response: {
        resourceType: 'QuestionnaireResponse',
        status: 'in-progress',
        item: [{ linkId: 'id', answer: [{ valueString: 'W123' }] }],
      },
      meta: NO_META,
    })
    await user.click(screen.getByRole('button', { name: 'Read through' }))
    await user.click(screen.getByText('Sent without being asked here · 1'))
    expect(screen.getByText('W123')).toBeTruthy()
  })
})

describe('values computed again', () => {
  const infusions = {
    itemKey: 'activity/infusions',
    old: [{ valueInteger: 5 }],
    new: [{ valueInteger: 6 }],
    origin: null,
  }
  const hbi = { itemKey: 'activity/hbi', old: [], new: [{ valueInteger: 4 }], origin: null }
  const panel = () => screen.getByRole('region', { name: /chart now says something else/ })

  it('are shown old and new, and nothing changes before the person decides', async () => {
    const { user, bodyOf } = await open(
      { differences: [infusions] },
      { [`POST ${FORM}/differences`]: { body: formView({ version: 8 }) } },
    )
    expect(within(panel()).getByText('5')).toBeTruthy()
    await user.click(within(panel()).getByRole('button', { name: /In the chart now/ }))
    await waitFor(() =>
      expect(bodyOf('POST', `${FORM}/differences`)).toEqual({
        version: 7,
        decisions: { 'activity/infusions': 'take' },
      }),
    )
    await waitFor(() => expect(screen.queryByRole('region', { name: /chart now says/ })).toBeNull())
  })

  it('come while somebody types, and leave the field and what is in it alone', async () => {
    const merged = { version: 9, savedAt: '2026-11-28T10:00:00Z' }
    const { user } = await open(
      {},
      {
        [`PUT ${FORM}`]: {
          body: { ...merged, merge: { form: formView({ version: 9, differences: [infusions] }), conflicts: [] } },
        },
      },
    )
    const field = screen.getByRole<HTMLInputElement>('textbox', { name: /Harvey-Bradshaw index/ })
    await user.type(field, '8')
    await screen.findByRole('region', { name: /chart now says something else/ })
    expect(document.activeElement).toBe(field)
    expect(field.value).toBe('8')
    // The heading, and the one live region.
    expect(screen.getAllByText('The chart now says something else on 1 question')).toHaveLength(2)
  })

  it('ask no more where the person has answered meanwhile', async () => {
    const { user } = await open({ differences: [infusions, hbi] })
    expect(within(panel()).getAllByRole('button', { name: /In the chart now/ })).toHaveLength(2)
    await user.type(screen.getByRole('textbox', { name: /Harvey-Bradshaw index/ }), '8')
    await user.tab()
    await waitFor(() => expect(within(panel()).getAllByRole('button', { name: /In the chart now/ })).toHaveLength(1))
  })
})

describe('a question that an answer brought in', () => {
  const when = [{ question: 'asked', operator: '=', answerBoolean: true }]
  const response = (item: unknown[]): FormView['response'] => ({
    resourceType: 'QuestionnaireResponse',
    status: 'in-progress',
    item: [{ linkId: 'asked', answer: [{ valueBoolean: true }] }, ...item],
  })

  it('says that it is looked up while it is, and shows what was found as it comes', async () => {
    const form = {
      questionnaire: {
        resourceType: 'Questionnaire',
        item: [
          { linkId: 'asked', type: 'boolean', text: 'Asked' },
          { linkId: 'found', type: 'string', text: 'Found', enableWhen: when },
          { linkId: 'plain', type: 'string', text: 'Plain', enableWhen: when },
        ],
      },
      response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
      meta: NO_META,
    }
    const later = formView({
      ...form,
      version: 9,
      response: response([{ linkId: 'found', answer: [{ valueString: 'of the chart' }] }]),
    })
    const app = await renderApp(`${CASE_PATH}/form`, {
      [`GET ${FORM}`]: { body: formView(form) },
      [`PUT ${FORM}`]: { body: { ...SAVED.body, lookingUp: ['found'] } },
    })
    await app.user.click(await screen.findByRole('radio', { name: 'Yes' }))
    expect(await screen.findAllByText('Looking in the chart…')).toHaveLength(1)
    const field = screen.getByRole('textbox', { name: 'Plain' })
    await app.user.click(field)
    app.server.answers[`GET ${FORM}`] = { body: later }
    app.server.answers[`POST ${FORM}/presence`] = { body: { version: 9, editors: [], lookingUp: [] } }
    await waitFor(
      () => expect(screen.getByRole<HTMLInputElement>('textbox', { name: 'Found' }).value).toBe('of the chart'),
      { timeout: 20_000 },
    )
    expect(screen.queryByText('Looking in the chart…')).toBeNull()
    expect(document.activeElement).toBe(field)
  }, 30_000)
})

describe('two people on one form', () => {
  it('merges what only one changed, and asks about what both did', async () => {
    const theirs = formView({ version: 9 })
    const { user } = await open(
      {},
      {
        [`PUT ${FORM}`]: {
          body: {
            version: 9,
            savedAt: '2026-11-28T10:00:00Z',
            merge: {
              form: theirs,
              conflicts: [
                {
                  itemKey: 'activity/hbi',
                  base: [],
                  theirs: [{ valueInteger: 4 }],
                  mine: [{ valueInteger: 8 }],
                  by: 'Sam Ortiz',
                  at: '2026-11-28T09:59:00Z',
                },
              ],
            },
          },
        },
      },
    )
    const field = screen.getByRole('textbox', { name: /Harvey-Bradshaw index/ })
    await user.type(field, '8')
    const panel = await screen.findByRole('region', { name: '1 answer was changed by two people' })
    expect(document.activeElement).toBe(field)
    await user.click(within(panel).getByRole('button', { name: /Yours/ }))
    await waitFor(() => expect(screen.queryByRole('region', { name: /changed by two people/ })).toBeNull())
    await user.tab()
    expect(screen.getByRole<HTMLInputElement>('textbox', { name: /Harvey-Bradshaw index/ }).value).toBe('8')
  })

  it('says who else is here and where', async () => {
    await open({
      editors: [
        {
          userId: 'u2',
          name: 'Sam Ortiz',
          role: 'pa-staff',
          itemKey: 'activity/hbi',
          seenAt: '2026-11-28T10:00:00Z',
        },
      ],
    })
    expect(screen.getByText('Sam Ortiz (at “Harvey-Bradshaw index”) has this questionnaire open, too.')).toBeTruthy()
  })
})

describe('the administrative part', () => {
  it('is handed to staff', async () => {
    const { user, bodyOf } = await open({}, { [`POST ${FORM}/delegation`]: { body: {} } })
    await user.click(screen.getByRole('button', { name: 'Hand to PA staff' }))
    await waitFor(() =>
      expect(bodyOf('POST', `${FORM}/delegation`)).toMatchObject({ part: 'admin', owner: 'pa-staff' }),
    )
  })

  it('is taken back', async () => {
    const since = '2026-11-28T09:00:00Z'
    const { user, bodyOf } = await open(
      { delegation: [{ part: 'admin', owner: 'pa-staff', since, by: 'Lena Ruiz, MD', mayChange: true }] },
      { [`POST ${FORM}/delegation`]: { body: {} } },
    )
    expect(screen.queryByRole('button', { name: 'Hand to PA staff' })).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Take it back' }))
    await waitFor(() =>
      expect(bodyOf('POST', `${FORM}/delegation`)).toMatchObject({ part: 'admin', owner: 'clinician' }),
    )
  })
})

describe('the history of an answer', () => {
  const at = '2026-11-28T09:00:00Z'
  const change = (itemKey: string, from: unknown[], to: unknown[], by: string | null, cause: string) => ({
    itemKey,
    at,
    by,
    from,
    to,
    source: 'manual',
    cause,
  })

  it('says who changed it from which value to which, and nothing of other answers', async () => {
    const changes = [
      change('activity/infusions', [{ valueInteger: 4 }], [{ valueInteger: 5 }], 'Lena Ruiz, MD', 'saved'),
      change('activity/infusions', [], [{ valueInteger: 4 }], null, 'populated'),
      change('activity/hbi', [], [{ valueInteger: 99 }], 'Somebody', 'saved'),
    ]
    const { user, server } = await open({}, { [`GET ${FORM}/history`]: { body: { changes } } })
    await user.click(screen.getByRole('button', { name: /^All/ }))
    await user.click(screen.getByRole('textbox', { name: /Infusions in the first 6 months/ }))
    expect(server.asked.some(({ path }) => path.endsWith('/history'))).toBe(false)
    await user.click(screen.getByRole('button', { name: 'History of the answer to Infusions in the first 6 months' }))
    expect(await screen.findByText('4 → 5')).toBeTruthy()
    expect(screen.getByText('No answer → 4')).toBeTruthy()
    expect(screen.getByText(/^Edited · Lena Ruiz, MD · /)).toBeTruthy()
    expect(screen.queryByText('No answer → 99')).toBeNull()
  })
})

describe('a copy in the EHR that somebody else changed', () => {
  const conflict: NonNullable<FormView['conflict']> = {
    versionId: '4',
    lastUpdated: '2026-11-28T09:00:00Z',
    author: 'Ana Cruz',
    items: [
      {
        itemKey: 'activity/hbi',
        base: [],
        theirs: [{ valueInteger: 9 }],
        mine: [{ valueInteger: 7 }],
        by: null,
        at: null,
      },
      { itemKey: 'activity/flare', base: [], theirs: [], mine: [{ valueBoolean: true }], by: null, at: null },
    ],
  }
  const ehr = { state: 'conflict' as const, reference: 'QuestionnaireResponse/9', savedAt: null, failure: null }

  it('shows both versions, and saves onto theirs only once each question is decided', async () => {
    const { user, server, bodyOf } = await open({ ehr, conflict }, { [`POST ${FORM}/ehr`]: { body: {} } })
    const merge = within(screen.getByRole('region', { name: '2 answers differ from the EHR' }))
    const save = merge.getByRole('button', { name: 'Save these answers to the EHR' })
    await user.click(save)
    expect(server.asked.some(({ path }) => path.endsWith('/ehr'))).toBe(false)
    const [first, second] = merge.getAllByRole('listitem')
    await user.click(within(first as HTMLElement).getByRole('button', { name: /: In the EHR$/ }))
    expect(merge.getByText('1 question is still to be decided.')).toBeTruthy()
    await user.click(within(second as HTMLElement).getByRole('button', { name: /: In Precert$/ }))
    await user.click(save)
    await waitFor(() => expect(bodyOf('POST', `${FORM}/ehr`)).toMatchObject({ onto: '4' }))
  })

  it('is not merged in a form that is closed', async () => {
    await open({ ehr, conflict, status: 'completed' })
    expect(screen.queryByRole('region', { name: '2 answers differ from the EHR' })).toBeNull()
    expect(screen.getByRole('button', { name: 'Save to the EHR now' })).toBeTruthy()
  })
})

/** A form in which nothing needs a person. */
const ANSWERED: Partial<FormView> = {
  questionnaire: {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [{ linkId: 'note', type: 'string', text: 'Note' }],
  },
  response: { resourceType: 'QuestionnaireResponse', status: 'in-progress' },
  meta: NO_META,
}

describe('a form that asks by steps', () => {
  const adaptive: NonNullable<FormView['adaptive']> = {
    state: 'answering',
    mayNext: true,
    step: 2,
    failure: null,
    itemIssues: [],
    determinations: [],
  }

  it('asks for the next questions only once nothing here needs a person', async () => {
    const { user, server } = await open({ adaptive })
    const next = screen.getByRole('button', { name: 'Get the next questions' })
    expect(next.getAttribute('aria-disabled')).toBe('true')
    await user.click(next)
    expect(server.asked.some(({ path }) => path.endsWith('/next'))).toBe(false)
  })

  it('takes the question back while the payer has not answered, and asks again', async () => {
    const { user, server } = await open(
      { adaptive, ...ANSWERED },
      { [`POST ${FORM}/next`]: () => new Promise(() => undefined) },
    )
    const calls = () => server.asked.filter(({ path }) => path === `${FORM}/next`)
    await user.click(screen.getByRole('button', { name: 'Get the next questions' }))
    await waitFor(() => expect(calls()).toHaveLength(1))
    await user.click(screen.getByRole('button', { name: 'Cancel' }))
    expect(calls()[0]?.signal?.aborted).toBe(true)
    const next = await screen.findByRole('button', { name: 'Get the next questions' })
    await waitFor(() => expect(next.getAttribute('aria-disabled')).not.toBe('true'))
    expect(document.activeElement).toBe(next)
    expect(screen.queryByRole('alert')).toBeNull()
    await user.click(next)
    await waitFor(() => expect(calls()).toHaveLength(2))
  })

  const determination: (typeof adaptive)['determinations'][number] = {
    covered: 'covered',
    paNeeded: 'satisfied',
    docNeeded: [],
    satisfiedPaId: 'PA-778',
    assertionId: 'a1',
    date: '2026-11-28',
    expiryDate: null,
    reasons: ['Criteria met.'],
    questionnaires: [],
    orders: [],
    flagged: null,
    accepted: null,
  }
  const determined = (more: Partial<typeof determination> = {}, state: (typeof adaptive)['state'] = 'completed') =>
    open(
      { adaptive: { ...adaptive, state, determinations: [{ ...determination, ...more }] } },
      {
        [`POST ${FORM}/determination`]: { body: {} },
        [`POST ${FORM}/authorization-number`]: { body: {} },
      },
    )

  it('shows the payer’s number as offered, and asks before it is the request’s', async () => {
    const { user, bodyOf } = await determined()
    expect(screen.getByText('Number offered, not accepted yet')).toBeTruthy()
    expect(screen.getByText(/only if you accept it/)).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Accept PA-778 for this request' }))
    await waitFor(() =>
      expect(bodyOf('POST', `${FORM}/authorization-number`)).toMatchObject({ assertionId: 'a1', number: 'PA-778' }),
    )
  })

  it('says who accepted the number, and asks no more', async () => {
    await determined({ accepted: { by: 'Lena Ruiz, MD', at: '2026-11-28T10:00:00Z' } })
    expect(screen.getByText('Authorization number')).toBeTruthy()
    expect(screen.getByText(/^Lena Ruiz, MD accepted the number/)).toBeTruthy()
    expect(screen.queryByRole('button', { name: /^Accept/ })).toBeNull()
  })

  it.each([
    ['the payer asks on', {}, 'answering' as const],
    ['it was flagged', { flagged: { by: 'A', at: '2026-11-28T10:00:00Z', reason: 'No' } }, 'completed' as const],
    ['there is no number', { satisfiedPaId: null }, 'completed' as const],
  ])('does not ask while %s', async (_why, more, state) => {
    await determined(more, state)
    expect(screen.queryByRole('button', { name: /^Accept/ })).toBeNull()
  })

  it('shows the payer’s determination, and flags one that does not hold', async () => {
    const { user, bodyOf } = await determined()
    expect(screen.getByText('PA-778')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: 'Flag as not valid' }))
    await user.type(screen.getByRole('textbox', { name: 'Why does it not hold?' }), 'Another order')
    await user.click(screen.getByRole('button', { name: 'Flag as not valid' }))
    await waitFor(() =>
      expect(bodyOf('POST', `${FORM}/determination`)).toMatchObject({ assertionId: 'a1', reason: 'Another order' }),
    )
  })
})

describe('several questionnaires', () => {
  it('shows how far all are, and opens another', async () => {
    const summary = {
      status: 'in-progress' as const,
      answered: 3,
      total: 5,
      needsYou: 2,
      audience: [],
      estimatedTime: null,
      adaptive: false,
    }
    const forms = [
      { ...summary, formId: 'main', title: 'Infusion' },
      { ...summary, formId: 'f2', title: 'Site of care', answered: 0, total: 4 },
    ]
    const { user, server } = await open(
      { forms },
      { [`GET ${FORM}?form=f2`]: { body: formView({ formId: 'f2', forms }) } },
    )
    expect(screen.getByText('0 of 2 questionnaires complete, 3 of 9 questions answered')).toBeTruthy()
    await user.click(screen.getByRole('button', { name: /^Site of care/ }))
    await waitFor(() => expect(server.asked.some(({ path }) => path === `${FORM}?form=f2`)).toBe(true))
    const list = await screen.findByRole('navigation', { name: 'Questionnaires of this request' })
    expect(
      within(list)
        .getByRole('button', { name: /^Site of care/ })
        .getAttribute('aria-current'),
    ).toBe('page')
  })
})

describe('a form that wants a signature', () => {
  it('takes the signer’s own name, and saves it as a signature of the response', async () => {
    const url = 'http://hl7.org/fhir/StructureDefinition/questionnaire-signatureRequired'
    const { questionnaire } = formView()
    const { user, bodyOf } = await open({
      questionnaire: {
        ...questionnaire,
        resourceType: 'Questionnaire',
        extension: [{ url, valueCodeableConcept: {} }],
      },
    })
    const button = screen.getByRole('button', { name: 'Sign' })
    await user.type(screen.getByRole('textbox', { name: /^Type your name/ }), 'Sam Ortiz')
    expect(button.getAttribute('aria-disabled')).toBe('true')
    await user.clear(screen.getByRole('textbox', { name: /^Type your name/ }))
    await user.type(screen.getByRole('textbox', { name: /^Type your name/ }), 'Lena Ruiz')
    await user.click(button)
    expect(await screen.findByText(/Lena Ruiz, MD signed this questionnaire/)).toBeTruthy()
    await waitFor(() => expect(JSON.stringify(bodyOf('PUT', FORM))).toContain('questionnaireresponse-signature'))
  })
})
