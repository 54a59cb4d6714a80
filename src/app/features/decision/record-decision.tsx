import { useId, useState } from 'react'
import type { CaseView } from '#domain/contract/case.ts'
import type { ResolveRequest } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Recorded = Extract<ResolveRequest, { action: 'record-decision' }>
type Status = Recorded['lines'][number]['status']

interface LineDraft {
  readonly status: Status | null
  readonly number: string
}

/** What the payer said on the phone, line by line. Kept as this person's statement, never as the payer's message. */
export function RecordDecision({
  view,
  busy,
  onClose,
  onRecord,
}: {
  view: CaseView
  busy: boolean
  onClose: () => void
  onRecord: (decision: Recorded) => void
}) {
  const say = useSay()
  const id = useId()
  const [drafts, setDrafts] = useState<Readonly<Record<number, LineDraft>>>({})
  const [note, setNote] = useState('')
  const [missing, setMissing] = useState(false)
  const record = (): void => {
    const lines = view.lines.flatMap(({ sequence }) => {
      const draft = drafts[sequence]
      if (draft === undefined || draft.status === null) return []
      const number = draft.number.trim()
      return [{ sequence, status: draft.status, authorizationNumber: number === '' ? null : number }]
    })
    if (lines.length < view.lines.length || note.trim() === '') return setMissing(true)
    onRecord({ action: 'record-decision', lines, note: note.trim() })
  }
  return (
    <Dialog
      title={say('record.title', { payer: view.payer.name })}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <Button look="primary" busy={busy} onClick={record}>
          {say('record.save')}
        </Button>
      }
    >
      <p className={text.muted}>{say('record.text')}</p>
      {view.lines.map((line) => (
        <LineFields
          key={line.sequence}
          title={`${String(line.sequence)}. ${line.title}`}
          draft={drafts[line.sequence] ?? { status: null, number: '' }}
          onChange={(draft) => setDrafts({ ...drafts, [line.sequence]: draft })}
        />
      ))}
      <label htmlFor={id} className={styles.label}>
        {say('record.note')}
      </label>
      <textarea
        id={id}
        className={styles.textarea}
        rows={3}
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      {missing && (
        <p role="alert" className={styles.missing}>
          {say('record.missing')}
        </p>
      )}
    </Dialog>
  )
}

const STATUSES: readonly Status[] = ['approved', 'denied', 'pended']

function LineFields({
  title,
  draft,
  onChange,
}: {
  title: string
  draft: LineDraft
  onChange: (draft: LineDraft) => void
}) {
  const say = useSay()
  const name = useId()
  return (
    <fieldset className={styles.recordLine}>
      <legend>{title}</legend>
      <div className={text.row}>
        {STATUSES.map((status) => (
          <label key={status} className={styles.radio}>
            <input
              type="radio"
              name={name}
              checked={draft.status === status}
              onChange={() => onChange({ ...draft, status })}
            />
            {say(`line.status.${status}`)}
          </label>
        ))}
      </div>
      {draft.status === 'approved' && (
        <label className={styles.label}>
          {say('record.number')}
          <input
            className={styles.input}
            maxLength={50}
            value={draft.number}
            onChange={(event) => onChange({ ...draft, number: event.target.value })}
          />
        </label>
      )}
    </fieldset>
  )
}
