import { useEffect, useId, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReviewView } from '#domain/contract/case.ts'
import { launchQuery, useSubmitCase, type CaseKey } from '../../api/queries.ts'
import { ClockList } from '../../components/clock-list.tsx'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { navigate } from '../../router.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Notice } from '../../ui/notice.tsx'
import { Panel, PanelBody } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'
import { Urgency } from './urgency.tsx'

/** From here on the screen says plainly that no answer has come yet. */
const NO_ANSWER_YET_MS = 3_000

/** The attestation and the one button that sends. What keeps it from sending is said beside it. */
export function Attestation({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  const id = useId()
  const [attested, setAttested] = useState(false)
  const { submit, sign } = useSignAndSend(caseKey, review.version)
  const blocking = review.problems.filter((problem) => problem.severity === 'blocks').length
  const reasons = [
    review.signer.maySign ? null : say('review.sign.mayNot'),
    blocking > 0 ? say('review.sign.blocked', { count: blocking }) : null,
    attested || !review.signer.maySign ? null : say('review.sign.tick'),
  ].filter((reason) => reason !== null)
  return (
    <Panel labelledBy={`${id}-title`}>
      <PanelBody>
        <h2 id={`${id}-title`} className={text.hidden}>
          {say('review.sign.title')}
        </h2>
        {review.signer.maySign ? (
          <label className={styles.attest}>
            <input type="checkbox" checked={attested} onChange={(event) => setAttested(event.target.checked)} />
            <span>{say('review.sign.attest')}</span>
          </label>
        ) : (
          <Notice tone="wait">{say('review.sign.staff')}</Notice>
        )}
        <p className={cx(text.muted, text.small, styles.signer)}>
          {review.signer.npi === null
            ? review.signer.name
            : say('review.sign.signer', { name: review.signer.name, npi: review.signer.npi })}
        </p>
        <Button
          look="primary"
          wide
          busy={submit.isPending}
          disabled={reasons.length > 0}
          aria-describedby={reasons.length > 0 ? `${id}-reasons` : undefined}
          onClick={() => void sign()}
        >
          {submit.isPending
            ? say('review.sign.sending', { payer: review.payer.name })
            : say('review.sign.send', { payer: review.payer.name })}
        </Button>
        {reasons.length > 0 && (
          <ul id={`${id}-reasons`} className={cx(text.muted, text.small, styles.reasons)}>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
        <FailureNotice failure={submit.error} />
        <Urgency caseKey={caseKey} review={review} />
        {review.clocks.length > 0 && (
          <div className={cx(text.small, styles.clocks)}>
            <p className={text.muted}>{say('review.sign.within')}</p>
            <ClockList clocks={review.clocks} />
          </div>
        )}
      </PanelBody>
    </Panel>
  )
}

/**
 * Sends under one submission id, so that a second click, or a click after a lost answer, sends nothing twice. The case page
 * opens with the answer, or after three seconds without one: from then on the case itself tells what is known.
 */
function useSignAndSend(caseKey: CaseKey, version: number) {
  const client = useQueryClient()
  const [submissionId] = useState(() => crypto.randomUUID())
  const submit = useSubmitCase(caseKey)
  const { isPending } = submit
  const { launchId, caseId } = caseKey
  useEffect(() => {
    if (!isPending) return
    const timer = setTimeout(() => void navigate({ screen: 'decision', launchId, caseId }), NO_ANSWER_YET_MS)
    return () => clearTimeout(timer)
  }, [isPending, launchId, caseId])
  const underWay = useRef(false)
  const sign = async (): Promise<void> => {
    // The second half of a double click comes before the button knows, and a sent request is never sent again from here.
    if (underWay.current) return
    underWay.current = true
    try {
      await submit.mutateAsync({ submissionId, version, attested: true })
    } catch {
      underWay.current = false
      return
    }
    await client.invalidateQueries({ queryKey: launchQuery(launchId).queryKey })
    if (window.location.pathname.endsWith('/review')) await navigate({ screen: 'decision', launchId, caseId })
  }
  return { submit, sign }
}
