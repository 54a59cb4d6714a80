/** Per order: is authorization needed, for which coverage, what documentation, by whom, until when, in the payer's words. */
import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { CoverageView, LaunchView } from '#domain/contract/launch.ts'
import { coverageQuery } from '../../api/queries.ts'
import { FailurePage } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { HeaderStatus } from '../../layout/header.tsx'
import { Page, PageTitle } from '../../layout/page.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { CoverageChoice } from './coverage-choice.tsx'
import { CoverageProblem } from './coverage-problem.tsx'
import styles from './coverage.module.css'
import { OrderGroup } from './order-group.tsx'
import { inOrderOfNeed, needsDocumentation } from './order-group-state.ts'

/** `onShown` is called once there is something to see: what comes next may load then. */
export function CoveragePage({ launch, onShown }: { launch: LaunchView; onShown: () => Promise<void> }) {
  const say = useSay()
  const { data: view, error, refetch } = useQuery(coverageQuery(launch.launchId))
  const shown = view !== undefined
  useEffect(() => {
    // A next screen that cannot be loaded ahead is loaded, or fails, when it is asked for.
    if (shown) onShown().catch(() => undefined)
  }, [shown, onShown])
  if (view === undefined)
    return (
      <Page>
        {error === null ? (
          <Skeleton label={say('coverage.loading')} blocks={[28, 196, 72, 72]} />
        ) : (
          <FailurePage failure={error} onRetry={() => void refetch()} />
        )}
      </Page>
    )
  return <CoverageScreen launch={launch} view={view} />
}

function CoverageScreen({ launch, view }: { launch: LaunchView; view: CoverageView }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const groups = inOrderOfNeed(view.groups, launch.focusGroupId)
  const primary = groups.find(needsDocumentation)
  return (
    <Page>
      <PageTitle aside={<Answered view={view} />}>{sayMessage(view.title)}</PageTitle>
      <PayerStatus view={view} />
      <div className={styles.stack}>
        {launch.missingScopes.length > 0 && (
          <Notice tone="wait">{say('coverage.missingScopes', { scopes: launch.missingScopes.join(', ') })}</Notice>
        )}
        {view.problem !== null && view.problem.reason !== 'several-coverages' && (
          <CoverageProblem launchId={launch.launchId} problem={view.problem} />
        )}
        {view.coverages.length > 1 && (
          <CoverageChoice
            launchId={launch.launchId}
            coverages={view.coverages}
            open={view.problem?.reason === 'several-coverages'}
          />
        )}
        {groups.map((group) => (
          <OrderGroup
            key={group.groupId}
            launchId={launch.launchId}
            group={group}
            primary={group === primary}
            asked={view.problem === null}
          />
        ))}
      </div>
    </Page>
  )
}

/** When the payer answered, and how fast. */
function Answered({ view }: { view: CoverageView }) {
  const say = useSay()
  const formats = useFormats()
  if (view.answeredAt === null) return null
  const at = formats.time(view.answeredAt)
  return view.answerMs === null
    ? say('coverage.answered', { at })
    : say('coverage.answeredIn', { at, seconds: formats.number((view.answerMs / 1000).toFixed(1)) })
}

function PayerStatus({ view }: { view: CoverageView }) {
  const chosen = view.coverages.find((coverage) => coverage.chosen)
  if (chosen === undefined) return null
  return (
    <HeaderStatus>
      <span>{[chosen.payerName, chosen.plan].filter((part) => part !== null && part !== '').join(', ')}</span>
    </HeaderStatus>
  )
}
