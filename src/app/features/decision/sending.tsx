import type { CaseView } from '#domain/contract/case.ts'
import { useNow } from '../../components/use-now.ts'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Notice } from '../../ui/notice.tsx'

const NO_ANSWER_YET_MS = 3_000

/** Between the click and the answer: first that it is on its way, from three seconds on that no answer has come yet. */
export function Sending({ view }: { view: CaseView }) {
  const say = useSay()
  const formats = useFormats()
  const now = useNow(1_000)
  if (view.state !== 'sending' && view.state !== 'sent') return null
  const payer = view.payer.name
  if (view.sentAt === null) return <Notice tone="open">{say('case.sending', { payer })}</Notice>
  const waited = now - Date.parse(view.sentAt)
  return (
    <Notice tone="open">
      {waited < NO_ANSWER_YET_MS
        ? say('case.sending', { payer })
        : say('case.sentNoAnswer', { payer, at: formats.time(view.sentAt) })}
    </Notice>
  )
}
