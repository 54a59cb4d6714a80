/** Opens the form the server sent: engine, saver, and later the expression evaluator, which is its own large chunk. */
import { useEffect, useState } from 'react'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4'
import type { FormView } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { attachEvaluator, chartElsewhere, compileAhead, openForm } from '#domain/dtr/open-form.ts'
import { toMeta, toResponse } from '#domain/dtr/questionnaire-response.ts'
import { ApiFailure, put } from '../../api/http.ts'
import { formPath, type FormKey } from '../../api/queries.ts'
import { holdNavigation } from '../../router.tsx'
import { createFormSaver, type FormSaver, type SaveResponse } from './form-saver.ts'
import { createFormStore, type FormStore } from './form-store.ts'

export interface OpenForm {
  readonly store: FormStore
  readonly saver: FormSaver
}

/** FHIRPath is as large as all the rest together: a chunk of its own, behind the first answers on the screen. */
export const loadEvaluator = () => import('#domain/dtr/fhirpath-evaluator.ts')

/**
 * Population has run on the server; in the browser expressions only follow what is typed. So the form and its evidence come
 * first; what is typed before that is computed when the evaluator is there.
 */
const READ_FIRST_MS = 400

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const present = (): string => new Date().toISOString()

/** A new form for every view given: mount it under a key. */
export function useOpenForm(caseKey: FormKey, view: FormView, launch: LaunchView): OpenForm {
  const [form] = useState(() => open(caseKey, view, launch))
  const { store, saver } = form
  useEffect(() => {
    const stopListening = store.subscribe(() => saver.touch())
    const release = holdNavigation(() => saver.flush())
    const leave = (): void => void saver.flush({ keepalive: true })
    window.addEventListener('pagehide', leave)
    let gone = false
    const attach = async (): Promise<void> => {
      await wait(READ_FIRST_MS)
      const { createEvaluator } = await loadEvaluator()
      const evaluator = createEvaluator()
      await compileAhead(store.read(), evaluator, () => wait(0))
      if (!gone) store.replace((state) => attachEvaluator(state, evaluator))
    }
    void attach()
    return () => {
      gone = true
      stopListening()
      release()
      window.removeEventListener('pagehide', leave)
      // Leaving by the browser's own back button asks nobody.
      void saver.flush()
    }
  }, [store, saver])
  return form
}

function open(caseKey: FormKey, view: FormView, launch: LaunchView): OpenForm {
  const state = openForm({
    questionnaire: view.questionnaire as unknown as Questionnaire,
    response: (view.response ?? {
      resourceType: 'QuestionnaireResponse',
      status: 'in-progress',
    }) as unknown as QuestionnaireResponse,
    meta: view.meta,
    today: view.today,
    now: present(),
    evaluator: null,
    chart: chartElsewhere(view.chart),
  })
  const store = createFormStore(state, launch.user.name, present)
  const saver = createFormSaver({
    version: view.version,
    savedAt: view.savedAt,
    revision: store.revision,
    content: () => ({
      response: toResponse(store.read(), {
        at: present(),
        author: { reference: null, name: launch.user.name },
      }) as unknown as SavedResponse,
      meta: toMeta(store.read()),
    }),
    send: (request, options) => put<SaveResponse>(formPath(caseKey), request, options),
    isConflict: (failure) => failure instanceof ApiFailure && failure.status === 409,
  })
  return { store, saver }
}

type SavedResponse = NonNullable<FormView['response']>
