import { useMutation, useQueryClient } from '@tanstack/react-query'
import { post } from '../../api/http.ts'
import { formPath, formQuery } from '../../api/queries.ts'
import { useFormKey } from './form-key.ts'
import type { FormSaver } from './form-saver.ts'

/** Something that the server does with the form: saved first, done on that version, and read again afterwards. */
export function useFormAction<T extends object>(saver: FormSaver, name: string) {
  const key = useFormKey()
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (body: T) => {
      await saver.flush()
      return post<unknown>(formPath(key, `/${name}`), { version: saver.version(), ...body })
    },
    onSuccess: () => client.invalidateQueries({ queryKey: formQuery(key).queryKey }),
  })
}
