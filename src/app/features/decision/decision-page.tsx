/** Where the case stands: per line the payer's decision, what comes next and whose turn it is, and how it came here. */
import { useEffect, useRef } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { CaseView } from '#domain/contract/case.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import type { LiveState } from '../../api/event-stream.ts'
import { caseQuery, type CaseKey } from '../../api/queries.ts'
import { useLiveCase } from '../../api/use-live-case.ts'
import { ClockList } from '../../components/clock-list.tsx'
import { FailurePage } from '../../components/failure.tsx'
import { DecidedLines } from '../../components/line-table.tsx'
import { CaseTag } from '../../components/state-tag.tsx'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { HeaderStatus } from '../../layout/header.tsx'
import { Page, PageTitle } from '../../layout/page.tsx'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelBody, PanelHeader } from '../../ui/panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { AnswerDetails } from './answer-details.tsx'
import { AskPayer } from './ask-payer.tsx'
import { ManageRequest } from './change-request.tsx'
import styles from './decision.module.css'
import { Documents } from './documents.tsx'
import { InformationRequests } from './information-requests.tsx'
import { NextStep } from './next-step.tsx'
import { ChangeRefused, Rejections } from './rejections.tsx'
import { Sending } from './sending.tsx'
import { Timeline } from './timeline.tsx'
import { UnknownState } from './unknown-state.tsx'

export function DecisionPage({ launch, caseId }: { launch: LaunchView; caseId: string }) {
  const say = useSay()
  const key = { launchId: launch.launchId, caseId }
  const live = useLiveCase(key)
  const { data: view, error, refetch } = useQuery(caseQuery(key))
  if (view === undefined)
    return (
      <Page>
        {error === null ? (
          <Skeleton label={say('case.loading')} blocks={[28, 20, 220, 120]} />
        ) : (
          <FailurePage failure={error} onRetry={() => void refetch()} />
        )}
      </Page>
    )
  return <CaseScreen caseKey={key} view={view} live={live} />
}

function CaseScreen({ caseKey, view, live }: { caseKey: CaseKey; view: CaseView; live: LiveState }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const title = sayMessage(view.title)
  useAnnouncedChange(title)
  return (
    <Page>
      <LiveStatus state={live} />
      <PageTitle aside={<CaseTag state={view.state} />}>{title}</PageTitle>
      <p className={styles.subtitle}>
        {view.subtitle === null
          ? say('case.subtitle.plain', { service: view.service, payer: view.payer.name })
          : sayMessage(view.subtitle)}
        {view.decisionSource === 'intermediary' && ` ${say('case.source.intermediary', { payer: view.payer.name })}`}
        {view.decisionSource === 'person' && ` ${say('case.source.person')}`}
        {view.pendingChange !== null &&
          ` ${say(`change.pending.${view.pendingChange.kind}`, { payer: view.payer.name, by: view.pendingChange.by })}`}
      </p>
      <div className={styles.grid}>
        <div className={styles.main}>
          <Sending view={view} />
          {view.unknown !== null && <UnknownState caseKey={caseKey} view={view} unknown={view.unknown} />}
          <Rejections view={view} />
          <ChangeRefused view={view} />
          <InformationRequests caseKey={caseKey} view={view} />
          <NextStep caseKey={caseKey} view={view} />
          <Panel labelledBy="case-lines">
            <PanelHeader>
              <h2 id="case-lines" className={styles.heading}>
                {say('case.lines', { count: view.lines.length })}
              </h2>
            </PanelHeader>
            <DecidedLines lines={view.lines} payer={view.payer.name} />
          </Panel>
          {view.clocks.length > 0 && (
            <Panel labelledBy="case-clocks">
              <PanelHeader>
                <h2 id="case-clocks" className={styles.heading}>
                  {say('case.clocks', { payer: view.payer.name })}
                </h2>
              </PanelHeader>
              <PanelBody>
                <ClockList clocks={view.clocks} />
              </PanelBody>
            </Panel>
          )}
          <AnswerDetails view={view} />
          <AskPayer caseKey={caseKey} view={view} />
          <ManageRequest caseKey={caseKey} view={view} />
          <Documents caseKey={caseKey} documents={view.documents} />
        </div>
        <Timeline view={view} />
      </div>
    </Page>
  )
}

/** Says a changed title aloud; the first one is the heading's own business. */
function useAnnouncedChange(title: string): void {
  const announce = useAnnounce()
  const last = useRef(title)
  useEffect(() => {
    if (last.current !== title) announce(title)
    last.current = title
  }, [announce, title])
}

function LiveStatus({ state }: { state: LiveState }) {
  const say = useSay()
  return (
    <HeaderStatus>
      <span className={cx(styles.dot, state === 'live' && styles.live)} />
      <span>{say(`live.${state}`)}</span>
    </HeaderStatus>
  )
}
