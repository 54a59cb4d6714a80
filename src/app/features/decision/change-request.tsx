/** Change a request that the payer has, or cancel it: what differs is read before it is sent. */
import { useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { CaseView } from '#domain/contract/case.ts'
import type { CaseChange, ChangePreview } from '#domain/contract/change.ts'
import { NO_CHANGE } from '#domain/tracking/case-change.ts'
import { changePreviewQuery, changeQuery, useSendChange, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Panel, PanelBody, PanelHeader } from '../../ui/panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import text from '../../ui/text.module.css'
import { ChangeDifferences } from './change-differences.tsx'
import { ChangeFields } from './change-fields.tsx'
import styles from './decision.module.css'

const isNothing = ({ edits, fromOrder, cancelled, added, documents, message }: CaseChange): boolean =>
  edits.length + fromOrder.length + cancelled.length + added.length + documents.length === 0 && message === null

type Kind = 'change' | 'cancel'
const KINDS: readonly Kind[] = ['change', 'cancel']

/** The two ways to go on with a request that the payer has, where its state allows them; and a change under way. */
export function ManageRequest({ caseKey, view }: { caseKey: CaseKey; view: CaseView }) {
  const say = useSay()
  const [open, setOpen] = useState<Kind | null>(null)
  const offered = KINDS.filter((kind) => view.actions.includes(kind))
  if (offered.length === 0) return null
  return (
    <Panel labelledBy="case-manage">
      <PanelHeader
        aside={offered.map((kind) => (
          <Button key={kind} slim onClick={() => setOpen(kind)}>
            {say(`case.action.${kind}`)}
          </Button>
        ))}
      >
        <h2 id="case-manage" className={styles.heading}>
          {say('change.title')}
        </h2>
      </PanelHeader>
      <PanelBody>
        <p className={text.muted}>{say('change.text', { payer: view.payer.name })}</p>
      </PanelBody>
      {open === 'change' && <ChangeDialog caseKey={caseKey} view={view} onClose={() => setOpen(null)} />}
      {open === 'cancel' && (
        <ReviewDialog
          caseKey={caseKey}
          view={view}
          change={{ ...NO_CHANGE, cancelAll: true }}
          onClose={() => setOpen(null)}
          onBack={null}
        />
      )}
    </Panel>
  )
}

function ChangeDialog({ caseKey, view, onClose }: { caseKey: CaseKey; view: CaseView; onClose: () => void }) {
  const say = useSay()
  const { data, error } = useQuery(changeQuery(caseKey))
  const [change, setChange] = useState(NO_CHANGE)
  const [reviewing, setReviewing] = useState(false)
  if (reviewing)
    return (
      <ReviewDialog
        caseKey={caseKey}
        view={view}
        change={change}
        onClose={onClose}
        onBack={() => setReviewing(false)}
      />
    )
  return (
    <Dialog
      wide
      title={say('change.edit.title')}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <Button look="primary" disabled={isNothing(change)} onClick={() => setReviewing(true)}>
          {say('change.edit.next')}
        </Button>
      }
    >
      <p className={text.muted}>{say('change.edit.text')}</p>
      {data === undefined && error === null && <Skeleton label={say('change.loading')} blocks={[60, 60, 60]} />}
      {data !== undefined && <ChangeFields view={data} change={change} onChange={setChange} />}
      <FailureNotice failure={error} />
    </Dialog>
  )
}

/** Shows the differences as the server reckons them, and sends exactly those. */
function ReviewDialog({
  caseKey,
  view,
  change,
  onClose,
  onBack,
}: {
  caseKey: CaseKey
  view: CaseView
  change: CaseChange
  onClose: () => void
  onBack: (() => void) | null
}) {
  const say = useSay()
  const { data: preview, error } = useQuery(changePreviewQuery(caseKey, view.version, change))
  const { send, isPending, failure } = useSendOnce(caseKey, change, onClose)
  const cancels = preview?.differences.cancelsAll ?? change.cancelAll
  const { name } = view.payer
  return (
    <Dialog
      wide
      title={say(cancels ? 'change.review.titleCancel' : 'change.review.title')}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <>
          {onBack !== null && <Button onClick={onBack}>{say('change.review.back')}</Button>}
          <Button
            look="primary"
            busy={isPending}
            disabled={preview === undefined || preview.problems.length > 0}
            onClick={() => send(preview)}
          >
            {say(cancels ? 'change.review.sendCancel' : 'change.review.send', { payer: name })}
          </Button>
        </>
      }
    >
      {preview === undefined && error === null && <Skeleton label={say('change.loading')} blocks={[60, 60]} />}
      {preview !== undefined && <ChangeDifferences preview={preview} payer={name} />}
      <FailureNotice failure={error ?? failure} />
    </Dialog>
  )
}

/** One submission id a review: a second click, or one after a lost answer, sends nothing twice. */
function useSendOnce(caseKey: CaseKey, change: CaseChange, onSent: () => void) {
  const [submissionId] = useState(() => crypto.randomUUID())
  const { mutate, isPending, error } = useSendChange(caseKey)
  const underWay = useRef(false)
  const send = (preview: ChangePreview | undefined): void => {
    if (preview === undefined || underWay.current) return
    underWay.current = true
    mutate(
      { submissionId, version: preview.version, change, differences: preview.differences },
      { onSuccess: onSent, onError: () => void (underWay.current = false) },
    )
  }
  return { send, isPending, failure: error }
}
