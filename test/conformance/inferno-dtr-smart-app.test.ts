/**
 * The assertions of the public DTR test kit's SMART app suite (0.17.0, DTR 2.0.1), by their ids, on our own messages: static
 * and adaptive dinner, respiratory assist device, must support. Where the kit asks a person to attest, what they would see is asserted.
 * The letters are the traps of `spec/dtr.md` §10.
 */
import { readFileSync } from 'node:fs'
import type {
  Bundle,
  Coverage,
  DeviceRequest,
  FhirResource,
  Parameters,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findContainedQuestionnaire } from '#domain/dtr/adaptive/adaptive.ts'
import { listResponseItems } from '#domain/dtr/response/response-answers.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtension } from '#domain/fhir/extension.ts'
import { entriesOf } from '../support/cql-form.ts'
import { FEATURE_CHECKS, type Subject } from '../support/dtr-form-checks.ts'
import { FEATURE_ROWS, isUsed } from '../support/dtr-form-rows.ts'
import { openFormRoom, type FormRoom, type RoomOptions } from '../support/form-room.ts'
import {
  conformanceFaults,
  contentFaults,
  expressionFaults,
  extensionFaults,
  libraryFaults,
  listItems,
  packageFaults,
  packageRequestFaults,
} from '../support/inferno-checks.ts'
import { MUST_SUPPORT_2_0_1 } from '../support/inferno-must-support.ts'
import { Session } from '../support/inferno-session.ts'
import { adaptiveForm, AT, CHART, mustSupportForm, mustSupportPackage } from '../support/must-support-form.ts'
import { hasShared, readSharedJson } from '../support/shared-data.ts'

const shared = readSharedJson('forms')
const file = <T>(name: string): T => shared.get(`${name}.json`) as T
const chart = entriesOf(
  JSON.parse(readFileSync(new URL('../support/respiratory-chart.json', import.meta.url), 'utf8')),
) as FhirResource[]
const find = <T extends FhirResource>(type: T['resourceType']): T =>
  chart.find(({ resourceType }) => resourceType === type) as T
// The kit expects this day (trap a).
const NOW = '2024-04-07T15:00:00.000Z'
const author = { reference: 'Practitioner/pra1234', name: 'Jane Doe' }
const edit = { at: NOW, author }
/** The kit's own chart has a first encounter with this location. */
const atLocation: FhirResource = {
  resourceType: 'Encounter',
  id: 'enc001',
  status: 'finished',
  class: { code: 'AMB' },
  subject: { reference: 'Patient/pat015' },
  location: [{ location: { display: 'observation2c' } }],
}

const openRoom = (respond: RoomOptions['answer'], encounters: readonly FhirResource[] = []): Promise<FormRoom> =>
  openFormRoom({
    now: NOW,
    user: author,
    dtr: { version: '2.0.1', bareCanonical: true },
    chart: [
      ...(encounters.length > 0 ? chart.filter(({ resourceType }) => resourceType !== 'Encounter') : chart),
      ...encounters,
    ],
    context: {
      patient: find<Patient>('Patient'),
      coverage: find<Coverage>('Coverage'),
      orders: [find<DeviceRequest>('DeviceRequest')],
      known: chart.filter(({ resourceType }) => resourceType === 'Practitioner'),
      assertionIds: [],
    },
    answer: respond,
  })

const begin = async (room: FormRoom): Promise<Session> => new Session(room, await room.openCase(), edit)
const origin = (response: QuestionnaireResponse, linkId: string): string | undefined => {
  const found = listResponseItems(response.item).find((item) => item.linkId === linkId)?.answer?.[0]
  return readExtension(readExtension(found, EXT.informationOrigin), 'source')?.valueCode
}
const formOf = (name: string): Questionnaire =>
  entriesOf(file(name)).find(({ resourceType }) => resourceType === 'Questionnaire') as unknown as Questionnaire

describe.skipIf(!hasShared('forms'))('Inferno dtr_smart_app 1.1 and 2.2: the static dinner form', () => {
  let session: Session
  let saved: QuestionnaireResponse
  beforeAll(async () => {
    const room = await openRoom(() => ({ body: file('dinner-static.package') }), [atLocation])
    session = await begin(room)
  })
  afterAll(() => session.room.close())

  it('1.1.1.02 / 2.2.1.02 dtr_qp_request_validation: the request is what 2.0.1 takes', () => {
    expect(session.requests('package').map(packageRequestFaults)).toEqual([[]])
  })
  it('1.1.2.01 dtr_rendering_attest, 1.1.2.02 dtr_prepopulation_attest, 2.2.2.01: Oster and William are there', async () => {
    expect((await session.item('PBD.1'))?.answers).toEqual([{ valueString: 'Oster' }])
    expect((await session.item('PBD.2'))?.answers).toEqual([{ valueString: 'William' }])
    expect((await session.item('LOC.1'))?.answers).toEqual([{ valueString: 'observation2c' }])
  })
  it('2.2.2.03 dtr_static_dinner_enabled_questions_attest: a topping is asked for the chosen dinner only (trap i)', async () => {
    const enabled = async () => [(await session.item('3.2.a'))?.enabled, (await session.item('3.2.b'))?.enabled]
    expect(await enabled()).toEqual([false, false])
    await session.give('3.1', { valueCoding: { code: 'Hamburger' } })
    expect(await enabled()).toEqual([true, false])
  })
  it('1.1.2.03 / 2.2.2.02 dtr_prepopulation_override_attest: one is changed, one entered, one untouched', async () => {
    await session.give('LOC.1', { valueString: 'elsewhere' })
    expect((await session.item('LOC.1'))?.origin).toMatchObject({
      source: 'override',
      suggested: [{ valueString: 'observation2c' }],
    })
  })
  it('1.1.3.01 / 2.2.3.01 dtr_smart_app_qr_save: nothing is sent before it is asked for; then one POST', async () => {
    expect(session.room.ehr.writes).toEqual([])
    saved = await session.save()
    expect(session.room.ehr.writes).toMatchObject([
      { method: 'create', resource: { resourceType: 'QuestionnaireResponse' } },
    ])
  })
  it('1.1.3.02 / 2.2.3.02 dtr_qr_basic_conformance', () => {
    expect(conformanceFaults(saved)).toEqual([])
  })
  it('1.1.3.03 dtr_smart_app_qr_correctness: bare canonical (f), all three origins (g), required answered (j)', () => {
    const form = formOf('dinner-static.package')
    expect(saved.questionnaire).toBe(form.url)
    expect(contentFaults(saved, form)).toEqual([])
  })
  it('2.2.3.03: PBD.1 and PBD.2 are as filled, LOC.1 overridden', () => {
    expect(['PBD.1', 'PBD.2', 'LOC.1'].map((linkId) => origin(saved, linkId))).toEqual(['auto', 'auto', 'override'])
    expect(JSON.stringify(saved)).not.toContain('observation2c')
  })
})

describe.skipIf(!hasShared('forms'))('Inferno dtr_smart_app 2.1: the respiratory assist device form', () => {
  let session: Session
  let saved: QuestionnaireResponse
  beforeAll(async () => {
    session = await begin(await openRoom(() => ({ body: file('respiratory-assist-device.package') })))
    saved = await session.save()
  })
  afterAll(() => session.room.close())

  it('2.1.1.02 dtr_qp_request_validation', () => {
    expect(session.requests('package').map(packageRequestFaults)).toEqual([[]])
  })
  it('2.1.2.01 dtr_resp_rendering_attest: the label SIGPNP.1 has its colour', async () => {
    const item = (await session.view()).questionnaire as unknown as Questionnaire
    expect(JSON.stringify(item.item)).toContain('color:green;')
  })
  it('2.1.3.02 dtr_qr_basic_conformance', () => {
    expect(conformanceFaults(saved)).toEqual([])
  })
  it('2.1.3.03 dtr_qr_prepopulation: every expression item as expected, all automatic (a, e, o)', () => {
    const expected = file<QuestionnaireResponse>('respiratory-assist-device.prepopulated-response')
    const first = (response: QuestionnaireResponse) =>
      Object.fromEntries(
        listResponseItems(response.item).flatMap(({ linkId, answer: [value] = [] }) => {
          if (value === undefined) return []
          const { extension: _origin, item: _item, ...plain } = value
          return [[linkId, plain]]
        }),
      )
    expect(first(saved)).toEqual(first(expected))
    for (const linkId of Object.keys(first(expected))) expect([linkId, origin(saved, linkId)]).toEqual([linkId, 'auto'])
  })
})

describe.skipIf(!hasShared('forms'))('Inferno dtr_smart_app 1.2 and 2.3: the adaptive dinner form', () => {
  let session: Session
  let saved: QuestionnaireResponse
  const batches = ['dinner-adaptive.next-question-initial', 'dinner-adaptive.next-question-hamburger']
  beforeAll(async () => {
    let asked = 0
    const room = await openRoom(
      ({ operation, request }) => {
        if (operation === 'package') return { body: file('dinner-adaptive.package') }
        const sent = (request as Parameters).parameter?.[0]?.resource as QuestionnaireResponse
        const batch = batches[asked++]
        return batch === undefined
          ? { body: { ...sent, status: 'completed' } }
          : { body: { ...sent, contained: [file<Questionnaire>(batch)] } }
      },
      [atLocation],
    )
    session = await begin(room)
    // Both location and first name are changed (trap d).
    await session.give('LOC.1', { valueString: 'elsewhere' })
    await session.give('PBD.2', { valueString: 'Bill' })
    await session.give('3.1', { valueCoding: { code: 'Hamburger' } })
    await session.next()
    await session.give('3.2.a', { valueCoding: { code: 'Ketchup' } })
    await session.next()
    saved = await session.save()
  })
  afterAll(() => session.room.close())

  it('1.2.1.01 / 2.3.1.1.01: one package, then N + 1 calls for the next questions', () => {
    expect([session.requests('package').length, session.requests('next').length]).toEqual([1, batches.length + 1])
  })
  it('1.2.1.02 / 2.3.1.1.02 dtr_qp_request_validation', () => {
    expect(session.requests('package').map(packageRequestFaults)).toEqual([[]])
  })
  it('1.2.1.03 dtr_adaptive_next_question_request_validation: one questionnaire-response at the payer’s operation', () => {
    for (const { parameter } of session.requests('next'))
      expect(parameter?.map(({ name }) => name)).toEqual(['questionnaire-response'])
    expect(session.room.calls.filter(({ operation }) => operation === 'next').map(({ url }) => url)).toEqual(
      Array(3).fill('https://payer.example/fhir/Questionnaire/$next-question'),
    )
  })
  it('1.2.1.04 dtr_adaptive_response_validation: conformant, id kept (h), contained items identical to the last answer', () => {
    const sent = session.sent()
    expect(sent.map((response) => conformanceFaults(response, true))).toEqual([[], [], []])
    expect(sent.map((response) => findContainedQuestionnaire(response)?.id)).toEqual(
      Array(3).fill('DinnerOrderAdaptive'),
    )
    expect(findContainedQuestionnaire(sent[0]!)?.item).toBeUndefined()
    for (const [index, batch] of batches.entries())
      expect(JSON.stringify(findContainedQuestionnaire(sent[index + 1]!)?.item)).toBe(
        JSON.stringify(file<Questionnaire>(batch).item),
      )
  })
  it('2.3.1.1.04: the first request is empty, so three origins cannot be in it (c)', () => {
    expect(session.sent()[0]?.item).toBeUndefined()
  })
  it('2.3.1.2.01 / .02: the name is filled, the location overridden', () => {
    expect([origin(saved, 'PBD.1'), origin(saved, 'LOC.1')]).toEqual(['auto', 'override'])
  })
  it('2.3.2.1.01–.03, 2.3.3.1.01–.03: PBD.2 overridden, 3.1 manual, all three origins in each later request', () => {
    for (const response of session.sent().slice(1)) {
      expect([origin(response, 'PBD.2'), origin(response, '3.1')]).toEqual(['override', 'manual'])
      expect(contentFaults(response, findContainedQuestionnaire(response)!)).toEqual([])
    }
  })
  it('1.2.3.01–.03 / 2.3.4.01–.03: the completed response is saved, conformant, with its questionnaire', () => {
    expect(saved.status).toBe('completed')
    expect(conformanceFaults(saved, true)).toEqual([])
    expect(contentFaults(saved, findContainedQuestionnaire(saved)!)).toEqual([])
  })
})

describe('Inferno dtr_smart_app 3: must support', () => {
  const form = mustSupportForm('2.0.1')
  const bundle = mustSupportPackage('2.0.1')
  let session: Session
  let filled: FormState
  let saved: QuestionnaireResponse
  beforeAll(async () => {
    const patient = CHART[0] as Patient
    const room = await openFormRoom({
      now: AT,
      user: author,
      dtr: { version: '2.0.1', bareCanonical: true },
      chart: CHART as readonly FhirResource[],
      context: { patient },
      answer: () => ({ body: bundle }),
    })
    session = await begin(room)
    filled = await session.state()
    await session.give('of-boolean', { valueBoolean: true })
    await session.give('given', { valueString: 'Adah' })
    saved = await session.save()
  })
  afterAll(() => session.room.close())

  it('3.01 dtr_smart_app_ms_qp_request: one package request, and the form of the answer is opened', async () => {
    expect(session.requests('package').length).toBe(1)
    expect((await session.view()).questionnaire?.['url']).toBe(form.url)
  })
  it('3.02 dtr_qp_request_validation: the request is what 2.0.1 takes', () => {
    expect(session.requests('package').map(packageRequestFaults)).toEqual([[]])
  })
  it('3.03 dtr_custom_qp_validation: the package that we supply is one', () => {
    expect(packageFaults(bundle)).toEqual([])
  })
  it('3.04 dtr_questionnaire_must_support: every element is there but the one that the profile forbids (n)', () => {
    const missing = FEATURE_ROWS.filter((row) => MUST_SUPPORT_2_0_1.includes(row.name) && !isUsed(form, row))
    expect(missing.map(({ name }) => name)).toEqual(['SDC/assemble-expectation'])
    expect(MUST_SUPPORT_2_0_1.filter((name) => !FEATURE_ROWS.some((row) => row.name === name))).toEqual([])
  })
  it.each(MUST_SUPPORT_2_0_1)('3.05 dtr_must_support_attest: %s is handled in the form that the app filled', (name) => {
    const subject: Subject = { version: '2.0.1', form, adaptive: adaptiveForm('2.0.1'), state: filled }
    FEATURE_CHECKS[name]?.(subject)
    expect(FEATURE_CHECKS[name]).toBeDefined()
  })
  it('the response over all elements is conformant, by the bare canonical, with each origin where it belongs', () => {
    expect(conformanceFaults(saved)).toEqual([])
    expect(saved.questionnaire).toBe(form.url)
    const linkIds = new Set(listItems(form.item).map(({ linkId }) => linkId))
    expect(listResponseItems(saved.item).filter(({ linkId }) => !linkIds.has(linkId))).toEqual([])
    expect(['of-boolean', 'given', 'born'].map((linkId) => origin(saved, linkId))).toEqual([
      'manual',
      'override',
      'auto',
    ])
  })
})

describe.skipIf(!hasShared('forms'))('Inferno dtr_smart_app: what the tester supplies', () => {
  const packages = ['dinner-static.package', 'respiratory-assist-device.package']
  const adaptive = 'dinner-adaptive.package'
  const batches = ['initial', 'hamburger', 'burrito'].map((step) => `dinner-adaptive.next-question-${step}`)
  it.each([...packages, adaptive])('1.1.1.03 / 1.2.1.05 dtr_custom_qp_validation, %s', (name) => {
    expect(packageFaults(file<Bundle>(name))).toEqual([])
  })
  it.each([...packages, adaptive])('1.1.1.04 / 1.2.1.06 dtr_custom_questionnaire_libraries, %s', (name) => {
    expect(libraryFaults(entriesOf(file(name)) as FhirResource[])).toEqual([])
  })
  it.each(packages)('1.1.1.05 dtr_custom_questionnaire_extensions, %s', (name) => {
    expect(extensionFaults(formOf(name), entriesOf(file(name)) as FhirResource[])).toEqual([])
  })
  it.each(packages)('1.1.1.06 dtr_custom_questionnaire_expressions, %s', (name) => {
    expect(expressionFaults(formOf(name))).toEqual([])
  })
  it.each(batches)('1.2.1.08 dtr_custom_questionnaire_extensions: %s, with the libraries of its package', (name) => {
    const resources = entriesOf(file(adaptive)) as FhirResource[]
    const form = file<Questionnaire>(name)
    expect(extensionFaults(form, resources)).toEqual([])
    expect(extensionFaults(form, [])).toEqual(['https://madie.cms.gov/Library/DTRTest is in the package'])
  })
  it.each(batches)('1.2.1.09 dtr_custom_questionnaire_expressions, %s', (name) => {
    const form = file<Questionnaire>(name)
    expect(expressionFaults(form)).toEqual([])
    expect(expressionFaults({ ...form, item: [] })).toEqual(['an item has an expression'])
  })
  it('1.2.1.07 dtr_custom_next_questionnaire_validation: the same id, and every earlier link id', () => {
    const [first, second] = ['dinner-adaptive.next-question-initial', 'dinner-adaptive.next-question-hamburger'].map(
      (name) => file<Questionnaire>(name),
    )
    const linkIds = (form: Questionnaire | undefined) => listItems(form?.item).map(({ linkId }) => linkId)
    expect([first?.id, second?.id]).toEqual(Array(2).fill('DinnerOrderAdaptive'))
    expect(linkIds(second)).toEqual(expect.arrayContaining(linkIds(first)))
    expect(linkIds(second).length).toBeGreaterThan(linkIds(first).length)
  })
})
