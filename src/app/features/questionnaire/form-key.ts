/** Which form of which case is open: for controls that ask the server for something of their own. */
import { createContext, useContext } from 'react'
import type { FormKey } from '../../api/queries.ts'

const Context = createContext<FormKey | null>(null)

export const FormKeyProvider = Context.Provider

export function useFormKey(): FormKey {
  const key = useContext(Context)
  if (key === null) throw new Error('No open form around this component')
  return key
}
