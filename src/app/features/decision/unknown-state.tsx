/** The payer's answer is not known. What is being done about it, when, and what a person can do now. */
import { useState } from 'react'
import type { CaseAction, CaseView } from '#domain/contract/case.ts'
import { useResolveCase, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Panel, PanelBody, PanelFooter, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'
import { RecordDecision } from './record-decision.tsx'

type Unknown = NonNullable<CaseView['unknown']>

const STEPS: readonly Unknown['step'][] = ['waiting', 'resending', 'inquiring', 'person']

export function UnknownState({ caseKey, view, unknown }: { caseKey: CaseKey; view: CaseView; unknown: Unknown }) {
  const say = useSay()
  const formats = useFormats()
  return (
    <Panel labelledBy="case-unknown">
      <PanelHeader>
        <h2 id="case-unknown" className={styles.heading}>
          {say('case.unknown.title', { since: formats.dateTime(unknown.since) })}
        </h2>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
          {say('case.unknown.promise', { payer: view.payer.name })}
        </p>
      </PanelHeader>
      <PanelBody>
        <ol className={styles.steps}>
          {STEPS.map((step) => (
            <Step key={step} step={step} unknown={unknown} payer={view.payer.name} />
          ))}
        </ol>
        {view.payer.phone !== null && (
          <p className={styles.phone}>
            <Icon name="phone" /> {view.payer.name}, <a href={`tel:${view.payer.phone}`}>{view.payer.phone}</a>
            {view.traceNumber !== null && (
              <span className={text.muted}>{say('case.unknown.quote', { trace: view.traceNumber })}</span>
            )}
          </p>
        )}
      </PanelBody>
      <Actions caseKey={caseKey} view={view} />
    </Panel>
  )
}

function Step({ step, unknown, payer }: { step: Unknown['step']; unknown: Unknown; payer: string }) {
  const say = useSay()
  const formats = useFormats()
  const here = STEPS.indexOf(unknown.step)
  const current = step === unknown.step
  return (
    <li className={current ? styles.stepNow : styles.step} aria-current={current ? 'step' : undefined}>
      <span>{say(`case.unknown.step.${step}`, { payer })}</span>
      {current && unknown.nextAt !== null && (
        <span className={text.muted}>{say('case.unknown.nextAt', { at: formats.dateTime(unknown.nextAt) })}</span>
      )}
      {STEPS.indexOf(step) < here && <span className={text.hidden}>{say('step.done')}</span>}
    </li>
  )
}

/** Offered in this order; the first one allowed is the screen's primary action. */
const OFFERED = ['inquire', 'resend', 'record-decision'] as const satisfies readonly CaseAction[]

function Actions({ caseKey, view }: { caseKey: CaseKey; view: CaseView }) {
  const say = useSay()
  const resolve = useResolveCase(caseKey)
  const [recording, setRecording] = useState(false)
  const actions = OFFERED.filter((action) => view.actions.includes(action))
  if (actions.length === 0) return null
  return (
    <PanelFooter>
      {actions.map((action, index) => (
        <Button
          key={action}
          look={index === 0 ? 'primary' : 'plain'}
          busy={resolve.isPending && resolve.variables.action === action}
          onClick={() => (action === 'record-decision' ? setRecording(true) : resolve.mutate({ action }))}
        >
          {say(`case.action.${action}`, { payer: view.payer.name })}
        </Button>
      ))}
      <FailureNotice failure={resolve.error} />
      {recording && (
        <RecordDecision
          view={view}
          busy={resolve.isPending}
          onClose={() => setRecording(false)}
          onRecord={(decision) => resolve.mutate(decision, { onSuccess: () => setRecording(false) })}
        />
      )}
    </PanelFooter>
  )
}
