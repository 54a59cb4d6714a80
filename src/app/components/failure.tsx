/** The one place where a failed request becomes a sentence: what happened, what is kept, what to do, what to quote. */
import type { ReactNode } from 'react'
import { ApiFailure } from '../api/http.ts'
import { useHasSentence, useSay } from '../i18n/use-say.ts'
import { PageTitle } from '../layout/page.tsx'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Notice } from '../ui/notice.tsx'
import text from '../ui/text.module.css'

/** The sentence of a failure and the reference that support can look up. */
export function useFailureText(): (failure: Error) => { sentence: string; ref: string | null } {
  const say = useSay()
  const has = useHasSentence()
  return (failure) => {
    if (!(failure instanceof ApiFailure)) return { sentence: say('error.unexpected'), ref: null }
    const key = `error.${failure.reason}`
    return { sentence: has(key) ? say(key, failure.params) : say('error.unexpected'), ref: failure.ref }
  }
}

/** A screen that could not be read. */
export function FailurePage({ failure, onRetry }: { failure: Error; onRetry: () => void }) {
  const say = useSay()
  const { sentence, ref } = useFailureText()(failure)
  return (
    <>
      <PageTitle>{say('error.page.title')}</PageTitle>
      <EmptyState
        icon="bang"
        tone="stop"
        action={
          <Button look="primary" onClick={onRetry}>
            {say('error.retry')}
          </Button>
        }
      >
        <p>{sentence}</p>
        <p className={text.muted}>{say('error.kept')}</p>
        {ref !== null && <p className={`${text.faint ?? ''} ${text.small ?? ''}`}>{say('error.ref', { ref })}</p>}
      </EmptyState>
    </>
  )
}

/** An action that did not succeed, said beside it. */
export function FailureNotice({ failure, action }: { failure: Error | null; action?: ReactNode }) {
  const say = useSay()
  const explain = useFailureText()
  if (failure === null) return null
  const { sentence, ref } = explain(failure)
  return (
    <Notice tone="stop" live action={action}>
      {sentence} {ref !== null && <span className={text.muted}>{say('error.ref', { ref })}</span>}
    </Notice>
  )
}
