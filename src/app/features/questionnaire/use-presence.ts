/** Two people on one form: who else is here, and their answers as they save them. */
import { useEffect, useState } from 'react'
import type { z } from 'zod'
import type { EditorView, FormView, presenceResponseSchema } from '#domain/contract/form.ts'
import { watchCase } from '../../api/event-stream.ts'
import { ApiFailure, get, post } from '../../api/http.ts'
import { casePath, formPath, type FormKey } from '../../api/queries.ts'
import type { ActiveItemStore } from './active-item.ts'
import type { OpenForm } from './use-open-form.ts'

type Presence = z.infer<typeof presenceResponseSchema>

const BEAT_MS = 15_000
const FIRST_MS = 1_500

/** The others who have the form open. `frozen` forms change no more. */
export function usePresence(
  key: FormKey,
  { saver, lookingUp, adopt }: OpenForm,
  active: ActiveItemStore,
  initially: readonly EditorView[],
  frozen: boolean,
): readonly EditorView[] {
  const [editors, setEditors] = useState(initially)
  useEffect(() => {
    if (frozen) return
    let gone = false
    const takeOver = async (): Promise<void> => {
      // What is unsaved here is saved onto theirs: the answer to that save brings the merged form.
      if (saver.read().kind !== 'saved') return void (await saver.flush())
      const view = await get<FormView>(formPath(key))
      if (gone || view.version <= saver.version()) return
      adopt(view)
      saver.adopt(view.version)
    }
    const beat = async (): Promise<void> => {
      try {
        const present = await post<Presence>(formPath(key, '/presence'), { itemKey: active.read().key })
        if (gone) return
        setEditors(present.editors)
        if (present.version > saver.version()) await takeOver()
        else lookingUp.set(present.lookingUp)
      } catch (failure) {
        // A beat that is lost is followed by another; who was seen last stays named until then.
        if (!(failure instanceof ApiFailure)) throw failure
      }
    }
    const first = setTimeout(() => void beat(), FIRST_MS)
    const timer = setInterval(() => void beat(), BEAT_MS)
    const leave = watchCase({
      path: `${casePath(key)}/stream`,
      onChange: () => void beat(),
      onState: () => undefined,
    })
    return () => {
      gone = true
      clearTimeout(first)
      clearInterval(timer)
      leave()
    }
  }, [key, saver, lookingUp, adopt, active, frozen])
  return editors
}
