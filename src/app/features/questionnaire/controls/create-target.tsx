/** Makes a new target for a reference question with the form that the payer gives for it (SDC lookupQuestionnaire). */
import { useState } from 'react'
import { answerWithCreated, findCreateForm, openCreateForm } from '#domain/dtr/form/created-target.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import type { Message } from '#domain/result.ts'
import { useSay, useSayMessage } from '../../../i18n/use-say.ts'
import { useAnnounce } from '../../../layout/announcer.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { useDrawForm } from '../draw-form.ts'
import { createFormStore, useFormStore, type FormStore } from '../form-store.ts'

export function CreateTarget({ item }: { item: ItemView }) {
  const say = useSay()
  const store = useFormStore()
  const [made, setMade] = useState<FormStore | null>(null)
  const form = findCreateForm(store.read(), item)
  if (form === undefined) return null
  const open = (): void => {
    store.edit((state, edit) => {
      setMade(createFormStore(openCreateForm(state, form), edit.author, () => new Date().toISOString()))
      return state
    })
  }
  return (
    <>
      <Button slim icon="plus" onClick={open}>
        {say('form.create.open')}
      </Button>
      {made !== null && <CreateDialog item={item} made={made} onClose={() => setMade(null)} />}
    </>
  )
}

function CreateDialog({ item, made, onClose }: { item: ItemView; made: FormStore; onClose: () => void }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const store = useFormStore()
  const announce = useAnnounce()
  const Draw = useDrawForm()
  const [refusal, setRefusal] = useState<Message | null>(null)
  const take = (): void => {
    let told: Message | null = null
    store.edit((state, edit) => {
      const done = answerWithCreated(state, item.key, made.read(), edit)
      if (!done.ok) told = done.error
      return done.ok ? done.value : state
    })
    setRefusal(told)
    if (told !== null) return
    announce(say('form.create.taken', { name: item.text }))
    onClose()
  }
  return (
    <Dialog
      wide
      title={say('form.create.title', { name: item.text })}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={take}>
          {say('form.create.take')}
        </Button>
      }
    >
      {Draw !== null && <Draw store={made} />}
      <div role="status">{refusal !== null && <Notice tone="stop">{sayMessage(refusal)}</Notice>}</div>
    </Dialog>
  )
}
