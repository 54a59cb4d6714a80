/** A form as the screen gets it. */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import { EMPTY_META } from '#domain/dtr/open-form.ts'
import { EXT } from '#domain/fhir/canonical.ts'
import { readExtension } from '#domain/fhir/extension.ts'
import type { FormRow } from '../store/repositories/forms.ts'
import type { FormPackage } from './form-record.ts'

/** DTR 2.2 estimated-completion-time: the clinical time where the form gives one, else the total. */
export function estimatedTimeOf(questionnaire: Questionnaire): string | null {
  const estimate = readExtension(questionnaire, EXT.estimatedCompletionTime)
  const part = (name: string) => {
    const extension = readExtension(estimate, name)
    return extension?.valueCode ?? extension?.valueCoding?.code ?? extension?.valueCodeableConcept?.coding?.[0]?.code
  }
  return part('clinicalTime') ?? part('totalTime') ?? null
}

const NOT_SAVED_TO_EHR: FormView['ehr'] = { state: 'none', reference: null, savedAt: null, failure: null }

/** Before there is a row: the case was just opened. */
export function waitingView(caseId: string): FormView {
  return {
    caseId,
    formId: 'main',
    version: 0,
    status: 'populating',
    progress: null,
    failure: null,
    notices: [],
    questionnaire: null,
    response: null,
    meta: EMPTY_META,
    chart: {},
    today: '',
    savedAt: null,
    savedBy: null,
    forms: [],
    adaptive: null,
    ehr: NOT_SAVED_TO_EHR,
    conflict: null,
    differences: [],
    editors: [],
    delegation: [],
  }
}

export function viewOf(row: FormRow): FormView {
  const kept = row.package as FormPackage | null
  return {
    ...waitingView(row.caseId),
    version: row.version,
    status: row.status,
    progress: row.progress,
    failure: row.failure,
    questionnaire: kept === null ? null : { ...kept.questionnaire },
    response: row.response === null ? null : { ...(row.response as QuestionnaireResponse) },
    meta: (row.meta as FormView['meta'] | null) ?? EMPTY_META,
    chart: kept?.chart ?? {},
    today: row.today,
    savedAt: row.savedAt,
    savedBy: row.savedBy,
  }
}
