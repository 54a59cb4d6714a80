/** A small questionnaire with every kind of need in it, from `infusion-form.json`. */
import type { FormView } from '#domain/contract/form.ts'
import { CASE_ID } from './fixtures.ts'

type Stored = Pick<FormView, 'questionnaire' | 'response' | 'meta'>

const FILES = import.meta.glob<Stored>('./infusion-form.json', { eager: true, import: 'default' })

export function formView(overrides: Partial<FormView> = {}): FormView {
  const stored = FILES['./infusion-form.json']
  if (stored === undefined) throw new Error('infusion-form.json is missing')
  return {
    caseId: CASE_ID,
    formId: 'main',
    version: 7,
    status: 'in-progress',
    progress: null,
    soFar: [],
    failure: null,
    notices: [],
    dtrVersion: '2.2',
    ...stored,
    chart: {},
    today: '2026-11-22',
    savedAt: '2026-11-22T09:41:00Z',
    savedBy: null,
    forms: [],
    adaptive: null,
    ehr: { state: 'none', reference: null, savedAt: null, failure: null },
    conflict: null,
    differences: [],
    lookingUp: [],
    editors: [],
    delegation: [],
    askedBy: null,
    ...overrides,
  }
}
