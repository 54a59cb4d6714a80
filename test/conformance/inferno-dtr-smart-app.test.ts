/**
 * The assertions of the public DTR test kit's SMART app suite (0.17.0, DTR 2.0.1), by their ids, on our own messages: static
 * and adaptive dinner, respiratory assist device. Where the kit asks a person to attest, what they would see is asserted.
 * The letters are the traps of `spec/dtr.md` §10.
 */
import { readFileSync } from 'node:fs'
import type {
  Coverage,
  DeviceRequest,
  FhirResource,
  Parameters,
  Patient,
  Questionnaire,
  QuestionnaireResponse,
} from 'fhir/r4'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FormView } from '#domain/contract/form.ts'
import { findContainedQuestionnaire } from '#domain/dtr/adaptive.ts'
import { createEvaluator } from '#domain/dtr/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form-edit.ts'
import { listItems as listViews, type Answer, type FormState } from '#domain/dtr/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/questionnaire-response.ts'
import { listResponseItems } from '#domain/dtr/response-answers.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtension } from '#domain/fhir/extension.ts'
import { entriesOf } from '../support/cql-form.ts'
import { openFormRoom, type FormRoom, type RoomOptions } from '../support/form-room.ts'
import { conformanceFaults, contentFaults, packageRequestFaults } from '../support/inferno-checks.ts'
import { hasShared, readSharedJson } from '../support/shared-data.ts'

const evaluator = createEvaluator()
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

class Session {
  readonly room: FormRoom
  readonly caseId: string
  constructor(room: FormRoom, caseId: string) {
    this.room = room
    this.caseId = caseId
  }
  get at() {
    return { launch: this.room.launch, caseId: this.caseId, formId: 'main' }
  }
  async view(): Promise<FormView> {
    const view = await this.room.forms.view(this.room.launch, this.caseId)
    if (!view.ok) throw new Error(view.error.reason)
    return view.value
  }
  async state(): Promise<FormState> {
    const view = await this.view()
    return openForm({
      questionnaire: view.questionnaire as unknown as Questionnaire,
      response: view.response as unknown as QuestionnaireResponse,
      meta: view.meta,
      today: view.today,
      evaluator,
      chart: chartElsewhere(view.chart),
    })
  }
  async item(linkId: string) {
    return listViews(await this.state()).find((item) => item.linkId === linkId)
  }
  async give(linkId: string, value: Answer): Promise<void> {
    const state = await this.state()
    const key = listViews(state).find((item) => item.linkId === linkId)?.key ?? ''
    const changed = answer(state, key, [value], edit)
    const { version } = await this.view()
    const saved = await this.room.forms.save(this.room.launch, this.caseId, {
      version,
      response: toResponse(changed, edit),
      meta: toMeta(changed),
    })
    if (!saved.ok) throw new Error(saved.error.reason)
  }
  async next(): Promise<FormView> {
    const asked = await this.room.forms.next(this.at, (await this.view()).version)
    if (!asked.ok) throw new Error(asked.error.reason)
    return asked.value
  }
  /** Saves to the EHR: what the kit receives. */
  async save(): Promise<QuestionnaireResponse> {
    await this.room.forms.saveToEhr(this.at, (await this.view()).version, null)
    return this.room.ehr.writes.at(-1)?.resource as QuestionnaireResponse
  }
  requests(operation: 'package' | 'next'): Parameters[] {
    return this.room.calls.filter((call) => call.operation === operation).map(({ request }) => request as Parameters)
  }
  sent(): QuestionnaireResponse[] {
    return this.requests('next').map(({ parameter }) => parameter?.[0]?.resource as QuestionnaireResponse)
  }
}

const begin = async (room: FormRoom): Promise<Session> => new Session(room, await room.openCase())
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
