import type { FormView } from '#domain/contract/form.ts'
import { useSendRequestForm, type FormKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { navigate } from '../../router.tsx'
import { Button } from '../../ui/button.tsx'
import type { FormSaver } from './form-saver.ts'

/** The way forward from a form that is done: to the review of the request, or straight to the payer that asked for it. */
export function Forward({ caseKey, view, saver }: { caseKey: FormKey; view: FormView; saver: FormSaver }) {
  const say = useSay()
  if (view.askedBy !== null && view.status === 'in-progress')
    return <SendToPayer caseKey={caseKey} askedBy={view.askedBy} saver={saver} />
  const { launchId, caseId } = caseKey
  const screen = view.askedBy === null ? 'review' : 'decision'
  return (
    <Button look="primary" iconAfter="arrow" onClick={() => void navigate({ screen, launchId, caseId })}>
      {say(view.askedBy === null ? 'form.review' : 'form.backToCase')}
    </Button>
  )
}

function SendToPayer({
  caseKey: { launchId, caseId },
  askedBy: { requestId, payer },
  saver,
}: {
  caseKey: FormKey
  askedBy: NonNullable<FormView['askedBy']>
  saver: FormSaver
}) {
  const say = useSay()
  const send = useSendRequestForm({ launchId, caseId })
  const go = async (): Promise<void> => {
    // What is not saved cannot be sent; the form says why.
    if (!(await saver.flush())) return
    send.mutate(requestId, { onSuccess: () => void navigate({ screen: 'decision', launchId, caseId }) })
  }
  return (
    <>
      <FailureNotice failure={send.error} />
      <Button look="primary" iconAfter="arrow" busy={send.isPending} onClick={() => void go()}>
        {say('form.sendTo', { payer })}
      </Button>
    </>
  )
}
