/** A form of the forms room as the public DTR test kit meets it: opened, answered, saved; what was sent is kept. */
import type { Parameters, Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { createEvaluator } from '#domain/dtr/expression/fhirpath-evaluator.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import { listItems as listViews, type Answer, type Edit, type FormState } from '#domain/dtr/form/form-state.ts'
import { chartElsewhere, openForm } from '#domain/dtr/form/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import type { FormRoom } from './form-room.ts'

const evaluator = createEvaluator()

export class Session {
  readonly room: FormRoom
  readonly caseId: string
  private readonly edit: Edit
  constructor(room: FormRoom, caseId: string, edit: Edit) {
    this.room = room
    this.caseId = caseId
    this.edit = edit
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
    const changed = answer(state, key, [value], this.edit)
    const { version } = await this.view()
    const saved = await this.room.forms.save(this.room.launch, this.caseId, {
      version,
      response: toResponse(changed, this.edit),
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
