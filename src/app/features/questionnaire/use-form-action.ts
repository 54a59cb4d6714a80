import { useRef } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/http.ts'
import { formPath, formQuery } from '../../api/queries.ts'
import { useFormKey } from './form-key.ts'
import type { FormSaver } from './form-saver.ts'

/**
 * Something that the server does with the form: saved first, done on that version, and read again afterwards. `cancel` takes
 * it back while it is under way.
 */
export function useFormAction<T extends object>(saver: FormSaver, name: string) {
  const key = useFormKey()
  const client = useQueryClient()
  const asking = useRef<AbortController | null>(null)
  const action = useMutation({
    mutationFn: async (body: T) => {
      const control = new AbortController()
      const { signal } = control
      asking.current = control
      try {
        await saver.flush()
        signal.throwIfAborted()
        return await post<unknown>(formPath(key, `/${name}`), { version: saver.version(), ...body }, { signal })
      } catch (failure) {
        if (signal.aborted) return null
        throw failure
      } finally {
        asking.current = null
      }
    },
    onSuccess: () => client.invalidateQueries({ queryKey: formQuery(key).queryKey }),
  })
  return { ...action, cancel: () => asking.current?.abort() }
}
