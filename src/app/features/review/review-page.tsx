/** Everything that will be sent, in one page, and the signature. */
import { useQuery } from '@tanstack/react-query'
import type { ReviewView } from '#domain/contract/case.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { reviewQuery, type CaseKey } from '../../api/queries.ts'
import { FailurePage } from '../../components/failure.tsx'
import { RequestedLines } from '../../components/line-table.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Page, PageTitle } from '../../layout/page.tsx'
import { Link } from '../../router.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Forms } from './answers.tsx'
import { Attestation } from './attestation.tsx'
import { Diagnoses } from './diagnoses.tsx'
import { Criteria } from './criteria.tsx'
import { Documents } from './documents.tsx'
import { Problems } from './problems.tsx'
import styles from './review.module.css'

/** States in which there is something to sign. */
const SIGNABLE: ReadonlySet<string> = new Set(['draft', 'ready', 'rejected'])

export function ReviewPage({ launch, caseId }: { launch: LaunchView; caseId: string }) {
  const say = useSay()
  const key = { launchId: launch.launchId, caseId }
  const { data: review, error, refetch } = useQuery(reviewQuery(key))
  if (review === undefined)
    return (
      <Page>
        {error === null ? (
          <Skeleton label={say('review.loading')} blocks={[28, 180, 320]} />
        ) : (
          <FailurePage failure={error} onRetry={() => void refetch()} />
        )}
      </Page>
    )
  return SIGNABLE.has(review.state) ? (
    <ReviewScreen caseKey={key} review={review} />
  ) : (
    <AlreadySent caseKey={key} review={review} />
  )
}

function ReviewScreen({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  const blocking = review.problems.filter((problem) => problem.severity === 'blocks').length
  return (
    <Page>
      <PageTitle>
        {blocking > 0
          ? say('review.titleBlocked', { count: blocking })
          : say('review.title', { payer: review.payer.name })}
      </PageTitle>
      <div className={styles.grid}>
        <div className={styles.main}>
          <Problems caseKey={caseKey} problems={review.problems} />
          <Panel labelledBy="review-request">
            <PanelHeader>
              <h2 id="review-request" className={styles.heading}>
                {say('review.request')}
              </h2>
            </PanelHeader>
            <RequestedLines lines={review.lines} />
            <Diagnoses diagnoses={review.diagnoses} />
          </Panel>
          <Forms caseKey={caseKey} forms={review.forms} />
          <Documents caseKey={caseKey} review={review} />
        </div>
        <aside className={styles.aside} aria-label={say('review.signArea')}>
          <Criteria caseKey={caseKey} review={review} />
          <Attestation caseKey={caseKey} review={review} />
        </aside>
      </div>
    </Page>
  )
}

function AlreadySent({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  return (
    <Page>
      <PageTitle>{say('review.sent.title', { payer: review.payer.name })}</PageTitle>
      <EmptyState
        icon="check"
        tone="open"
        action={
          <Link to={{ screen: 'decision', ...caseKey }} className={buttonClass({ look: 'primary' })}>
            {say('review.sent.open')}
          </Link>
        }
      >
        <p>{say('review.sent.text')}</p>
      </EmptyState>
    </Page>
  )
}
