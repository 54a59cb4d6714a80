/** A form that asks by steps: the payer gives the next questions, and in the end perhaps its decision. */
import { useRef, useState } from 'react'
import type { AdaptiveView, Determination } from '#domain/contract/form.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useHasSentence, useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import fields from './fields.module.css'
import { useFigures } from './form-figures.ts'
import styles from './form-head.module.css'
import type { FormSaver } from './form-saver.ts'
import { useFormAction } from './use-form-action.ts'

/** Under the questions: the next ones may be asked for once every answer here holds. */
export function NextStep({ adaptive, saver }: { adaptive: AdaptiveView; saver: FormSaver }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const figures = useFigures()
  const next = useFormAction<object>(saver, 'next')
  const button = useRef<HTMLButtonElement>(null)
  const takeBack = (): void => {
    // The button that was pressed goes away: the focus is where the person was before.
    button.current?.focus()
    next.cancel()
  }
  const ready = figures.needsYou === 0 && (adaptive.state === 'answering' || adaptive.state === 'failed')
  return (
    <div className={styles.panel}>
      {adaptive.failure !== null && <Notice tone="stop">{sayMessage(adaptive.failure)}</Notice>}
      {adaptive.itemIssues.map(({ text }, index) => (
        <Notice key={index} tone="wait">
          {text}
        </Notice>
      ))}
      <FailureNotice failure={next.error} />
      {adaptive.state === 'completed' ? (
        <p>{say('form.adaptive.completed')}</p>
      ) : (
        <>
          <p>
            {say('form.adaptive.step', { step: adaptive.step })}
            {!ready && ` ${say('form.adaptive.first', { count: figures.needsYou })}`}
          </p>
          <p>
            <Button
              ref={button}
              look="primary"
              iconAfter="arrow"
              disabled={!ready}
              busy={next.isPending || adaptive.state === 'waiting'}
              onClick={() => next.mutate({})}
            >
              {say(adaptive.state === 'failed' ? 'form.adaptive.again' : 'form.adaptive.next')}
            </Button>{' '}
            {next.isPending && <Button onClick={takeBack}>{say('form.adaptive.cancel')}</Button>}
          </p>
        </>
      )}
    </div>
  )
}

/** What the payer decided on the answers, in its words. One that nobody asked for can be flagged. */
export function Determinations({ adaptive, saver }: { adaptive: AdaptiveView; saver: FormSaver }) {
  return adaptive.determinations.map((determination, index) => (
    <OneDetermination
      key={determination.assertionId ?? index}
      determination={determination}
      isFinal={adaptive.state === 'completed'}
      saver={saver}
    />
  ))
}

function OneDetermination({
  determination,
  isFinal,
  saver,
}: {
  determination: Determination
  /** The payer has completed the form: what it offers can be accepted. */
  isFinal: boolean
  saver: FormSaver
}) {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  const { covered, paNeeded, docNeeded, satisfiedPaId, date, expiryDate, reasons, flagged, accepted, assertionId } =
    determination
  const date_ = (value: string | null): string | null => (value === null ? null : formats.date(value))
  /** A code of coverage-information in words; one that has none as it is. */
  const inWords = (kind: 'covered' | 'pa' | 'doc', code: string): string =>
    has(`coverage.${kind}.${code}`) ? say(`coverage.${kind}.${code}`) : code
  const facts = [
    { label: say('form.determination.covered'), value: covered === null ? null : inWords('covered', covered) },
    { label: say('form.determination.paNeeded'), value: paNeeded === null ? null : inWords('pa', paNeeded) },
    {
      label: say('form.determination.docNeeded'),
      value: docNeeded.length === 0 ? null : formats.list(docNeeded.map((code) => inWords('doc', code))),
    },
    {
      label: say(accepted === null ? 'form.determination.offered' : 'form.determination.number'),
      value: satisfiedPaId,
    },
    { label: say('form.determination.date'), value: date_(date) },
    { label: say('form.determination.until'), value: date_(expiryDate) },
    { label: say('form.determination.reasons'), value: reasons.length === 0 ? null : reasons.join(' ') },
  ].filter(({ value }) => value !== null)
  return (
    <Panel labelledBy={`determination-${assertionId ?? ''}`}>
      <PanelHeader>
        <h2 id={`determination-${assertionId ?? ''}`}>{say('form.determination.title')}</h2>
      </PanelHeader>
      <div className={styles.panel}>
        <Facts wide facts={facts} />
        {paNeeded === 'satisfied' && satisfiedPaId === null && <p>{say('form.determination.noNumber')}</p>}
        {satisfiedPaId !== null && accepted === null && flagged === null && isFinal && (
          <Accept assertionId={assertionId} number={satisfiedPaId} saver={saver} />
        )}
        {accepted !== null && (
          <p>{say('form.determination.accepted', { by: accepted.by, at: formats.dateTime(accepted.at) })}</p>
        )}
        {flagged === null ? (
          <Flag assertionId={assertionId} saver={saver} />
        ) : (
          <Notice tone="wait">
            {say('form.determination.flagged', {
              by: flagged.by,
              at: formats.dateTime(flagged.at),
              reason: flagged.reason,
            })}
          </Notice>
        )}
      </div>
    </Panel>
  )
}

/** The payer's number is the request's only with the user's consent. */
function Accept({ assertionId, number, saver }: { assertionId: string | null; number: string; saver: FormSaver }) {
  const say = useSay()
  const accept = useFormAction<{ assertionId: string | null; number: string }>(saver, 'authorization-number')
  return (
    <>
      <p>{say('form.determination.consent')}</p>
      <FailureNotice failure={accept.error} />
      <p>
        <Button slim busy={accept.isPending} onClick={() => accept.mutate({ assertionId, number })}>
          {say('form.determination.accept', { number })}
        </Button>
      </p>
    </>
  )
}

function Flag({ assertionId, saver }: { assertionId: string | null; saver: FormSaver }) {
  const say = useSay()
  const [reason, setReason] = useState<string | null>(null)
  const flag = useFormAction<{ assertionId: string | null; reason: string }>(saver, 'determination')
  if (reason === null)
    return (
      <p>
        <Button slim look="quiet" onClick={() => setReason('')}>
          {say('form.determination.flag')}
        </Button>
      </p>
    )
  return (
    <>
      <label>
        {say('form.determination.why')}
        <textarea
          className={fields.textarea}
          rows={2}
          maxLength={1000}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <FailureNotice failure={flag.error} />
      <p className={fields.fileActions}>
        <Button
          slim
          disabled={reason.trim() === ''}
          busy={flag.isPending}
          onClick={() => flag.mutate({ assertionId, reason: reason.trim() })}
        >
          {say('form.determination.flag')}
        </Button>
        <Button slim look="quiet" onClick={() => setReason(null)}>
          {say('form.cancel')}
        </Button>
      </p>
    </>
  )
}
