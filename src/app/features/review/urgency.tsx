import { useId, useState } from 'react'
import type { ReviewView } from '#domain/contract/case.ts'
import { useChangeReview, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Dialog } from '../../ui/dialog.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'

/** Standard or urgent. Urgent needs a reason: waiting could harm the patient. */
export function Urgency({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  const [asking, setAsking] = useState(false)
  const change = useChangeReview(caseKey)
  const urgent = review.urgency.level === 'expedited'
  return (
    <div className={cx(text.small, styles.urgency)}>
      <span className={text.muted}>
        {urgent
          ? say('review.urgency.urgent', { reason: review.urgency.reason ?? '' })
          : say('review.urgency.standard')}
      </span>
      <Button
        look="quiet"
        slim
        busy={change.isPending}
        onClick={() =>
          urgent
            ? change.mutate({ urgency: { version: review.version, level: 'standard', reason: null } })
            : setAsking(true)
        }
      >
        {say(urgent ? 'review.urgency.makeStandard' : 'review.urgency.makeUrgent')}
      </Button>
      <FailureNotice failure={change.error} />
      {asking && (
        <ReasonDialog
          onClose={() => setAsking(false)}
          onReason={(reason) => {
            change.mutate({ urgency: { version: review.version, level: 'expedited', reason } })
            setAsking(false)
          }}
        />
      )}
    </div>
  )
}

function ReasonDialog({ onClose, onReason }: { onClose: () => void; onReason: (reason: string) => void }) {
  const say = useSay()
  const id = useId()
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  return (
    <Dialog
      title={say('review.urgency.title')}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <Button look="primary" onClick={() => (reason.trim() === '' ? setMissing(true) : onReason(reason.trim()))}>
          {say('review.urgency.makeUrgent')}
        </Button>
      }
    >
      <label htmlFor={id} className={styles.reasonLabel}>
        {say('review.urgency.reason')}
      </label>
      <textarea
        id={id}
        className={styles.textarea}
        rows={4}
        maxLength={2000}
        value={reason}
        aria-invalid={missing || undefined}
        aria-describedby={`${id}-help`}
        onChange={(event) => {
          setReason(event.target.value)
          setMissing(false)
        }}
      />
      <p id={`${id}-help`} className={cx(text.small, missing ? styles.open : text.muted)}>
        {say(missing ? 'review.urgency.reasonMissing' : 'review.urgency.help')}
      </p>
    </Dialog>
  )
}
