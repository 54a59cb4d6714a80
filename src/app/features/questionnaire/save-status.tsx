import { useSyncExternalStore } from 'react'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { HeaderStatus } from '../../layout/header.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { FormSaver } from './form-saver.ts'

/** Saved at, saving, not saved: at the right end of the header. */
export function SaveStatus({ saver }: { saver: FormSaver }) {
  const say = useSay()
  const formats = useFormats()
  const state = useSyncExternalStore(saver.subscribe, saver.read)
  const sentence = (): string => {
    switch (state.kind) {
      case 'saved':
        return state.at === null ? say('form.save.nothing') : say('form.save.saved', { at: formats.time(state.at) })
      case 'unsaved':
      case 'saving':
        return say('form.save.saving')
      case 'failed':
      case 'conflict':
        return say('form.save.notSaved')
    }
  }
  const icon =
    state.kind === 'saved' ? 'check' : state.kind === 'failed' || state.kind === 'conflict' ? 'bang' : 'clock'
  return (
    <HeaderStatus>
      <Icon name={icon} size={14} />
      <span data-save-state={state.kind}>{sentence()}</span>
    </HeaderStatus>
  )
}
