/** Opens the form the server sent: engine, saver, and later the expression evaluator, which is its own large chunk. */
import { useEffect, useState } from 'react'
import type { FormView, ItemConflict } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { listForeignParts } from '#domain/dtr/form/delegation.ts'
import { rehearse } from '#domain/dtr/form/form-edit.ts'
import { attachEvaluator, compiledCalculations } from '#domain/dtr/form/open-form.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { toMeta, toResponse } from '#domain/dtr/response/questionnaire-response.ts'
import { ApiFailure, put } from '../../api/http.ts'
import { formPath, type FormKey } from '../../api/queries.ts'
import { useFormats } from '../../i18n/format.ts'
import { holdNavigation } from '../../router.tsx'
import { adoptForm, openView } from './adopt-form.ts'
import { createFormSaver, type FormSaver, type SaveResponse } from './form-saver.ts'
import { createFormStore, type FormStore } from './form-store.ts'
import { createValue, type ValueStore } from './value-store.ts'

export interface OpenForm {
  readonly store: FormStore
  readonly saver: FormSaver
  /** What this person and another both changed: theirs is kept until this one decides. */
  readonly conflicts: ValueStore<readonly ItemConflict[]>
  /** What the server last said of the form: notices, differences, who has it in hand. Its answers are in the store. */
  readonly latest: ValueStore<FormView>
  /** Questions that are looked for in the chart now. */
  readonly lookingUp: ValueStore<readonly ItemKey[]>
  /** Takes over what another person saved, or what the server found. */
  readonly adopt: (view: FormView) => void
}

/** FHIRPath is as large as all the rest together: a chunk of its own, behind the first answers on the screen. */
export const loadEvaluator = () => import('#domain/dtr/expression/fhirpath-evaluator.ts')

/**
 * Population has run on the server; in the browser expressions only follow what is typed. So the form and its evidence come
 * first; what is typed before that is computed when the evaluator is there.
 */
const READ_FIRST_MS = 400

/** Whoever works without a pause gets the expressions all the same. */
const LATEST_MS = 2_000

/** When the browser has nothing to draw; at the latest after `LATEST_MS`, and at once where it cannot say. */
const idle = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: LATEST_MS })
    else resolve()
  })

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const present = (): string => new Date().toISOString()

/** A new form for every view given: mount it under a key. */
export function useOpenForm(caseKey: FormKey, view: FormView, launch: LaunchView): OpenForm {
  const [form] = useState(() => open(caseKey, view, launch))
  const { store, saver } = form
  const formats = useFormats()
  useEffect(() => {
    const stopListening = store.subscribe(() => saver.touch())
    const release = holdNavigation(() => saver.flush())
    const leave = (): void => void saver.flush({ keepalive: true })
    window.addEventListener('pagehide', leave)
    let gone = false
    const attach = async (): Promise<void> => {
      await wait(READ_FIRST_MS)
      if (gone) return
      await idle()
      const { createEvaluator } = await loadEvaluator()
      if (gone) return
      store.replace((state) => attachEvaluator(state, createEvaluator()))
      for (const calculation of compiledCalculations(store.read())) {
        await idle()
        if (gone) return
        calculation.prepare()
      }
      await idle()
      if (gone) return
      rehearse(store.read(), present())
      // What an answer was computed from is a list: the browser takes milliseconds to be ready for its first one.
      await idle()
      formats.list([])
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
  }, [store, saver, formats])
  return form
}

function open(caseKey: FormKey, view: FormView, launch: LaunchView): OpenForm {
  const author = { reference: launch.user.reference, name: launch.user.name }
  const foreignParts = listForeignParts(launch.user.role, view.delegation)
  const store = createFormStore(openView(view, present(), null, foreignParts), author, present)
  const conflicts = createValue<readonly ItemConflict[]>([])
  const latest = createValue(view)
  const lookingUp = createValue<readonly ItemKey[]>(view.lookingUp)
  let sent = store.read()
  const adopt = (theirs: FormView): void => {
    store.replace((state) => {
      const merged = adoptForm(theirs, sent, state, { at: present(), author })
      sent = merged
      return merged
    })
    latest.set(theirs)
    lookingUp.set(theirs.lookingUp)
  }
  const saver = createFormSaver({
    version: view.version,
    savedAt: view.savedAt,
    revision: store.revision,
    content: () => {
      sent = store.read()
      return {
        response: toResponse(sent, { at: present(), author }) as unknown as SavedResponse,
        meta: toMeta(sent),
        merge: true,
      }
    },
    send: (request, options) => put<SaveResponse>(formPath(caseKey), request, options),
    isConflict: (failure) => failure instanceof ApiFailure && failure.status === 409,
    onSaved: (saved) => {
      if (saved.lookingUp !== undefined) lookingUp.set(saved.lookingUp)
    },
    onMerge: (merge) => {
      adopt(merge.form)
      conflicts.set(merge.conflicts)
    },
  })
  return { store, saver, conflicts, latest, lookingUp, adopt }
}

type SavedResponse = NonNullable<FormView['response']>
