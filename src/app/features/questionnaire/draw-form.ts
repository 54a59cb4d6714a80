/** How a form is drawn inside of another: given from above, since the controls stand below what draws them. */
import { createContext, useContext, type ComponentType } from 'react'
import type { FormStore } from './form-store.ts'

const Context = createContext<ComponentType<{ store: FormStore }> | null>(null)

export const DrawFormProvider = Context.Provider

export const useDrawForm = (): ComponentType<{ store: FormStore }> | null => useContext(Context)
