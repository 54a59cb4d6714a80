import { useSyncExternalStore } from 'react'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import type { FormSaver } from './form-saver.ts'

/** What keeps the answers from being saved, and what to do. */
export function SaveProblem({ saver, onReload }: { saver: FormSaver; onReload: () => void }) {
  const say = useSay()
  const state = useSyncExternalStore(saver.subscribe, saver.read)
  if (state.kind === 'conflict')
    return (
      <Notice
        tone="stop"
        live
        action={
          <Button slim onClick={onReload}>
            {say('form.save.reload')}
          </Button>
        }
      >
        {say('form.save.conflict')}
      </Notice>
    )
  if (state.kind === 'failed')
    return (
      <FailureNotice
        failure={state.failure}
        action={
          <Button slim onClick={() => void saver.flush()}>
            {say('error.retry')}
          </Button>
        }
      />
    )
  return null
}
