/** A form of the payer's inside of another one: its questions with a focus and a store of their own. */
import { useState } from 'react'
import { ActiveItemProvider, createActiveItem } from './active-item.ts'
import { FormBody } from './form-body.tsx'
import { useFormKey } from './form-key.ts'
import { FormStoreProvider, type FormStore } from './form-store.ts'
import { MountQueueProvider, createMountQueue } from './mount-queue.tsx'
import { createKeptNeeds } from './shown-items.ts'

const nothing = (): void => undefined

export function InnerForm({ store }: { store: FormStore }) {
  const key = useFormKey()
  const [active] = useState(() => createActiveItem(null))
  const [queue] = useState(createMountQueue)
  const [kept] = useState(createKeptNeeds)
  return (
    <FormStoreProvider value={store}>
      <ActiveItemProvider value={active}>
        <MountQueueProvider value={queue}>
          <FormBody caseKey={key} shown="all" kept={kept} wide frozen={false} usage="capture" onShowAll={nothing} />
        </MountQueueProvider>
      </ActiveItemProvider>
    </FormStoreProvider>
  )
}
