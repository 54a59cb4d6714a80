/** The frame around the four screens: who the patient is, which step this is, and what failed before a screen could open. */
import { Suspense, lazy, useSyncExternalStore } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { LaunchView } from '#domain/contract/launch.ts'
import { launchQuery } from './api/queries.ts'
import { sessionEnd } from './api/session.ts'
import { FailurePage } from './components/failure.tsx'
import { CoveragePage } from './features/coverage/coverage-page.tsx'
import { setTimeZone } from './i18n/format.ts'
import { useSay } from './i18n/use-say.ts'
import { Announcer } from './layout/announcer.tsx'
import { ErrorBoundary } from './layout/error-boundary.tsx'
import { Header, HeaderSlotProvider } from './layout/header.tsx'
import { Page } from './layout/page.tsx'
import { NotFound, SessionEnded } from './layout/plain-pages.tsx'
import { Steps } from './layout/steps.tsx'
import { useRoute, type Route } from './router.tsx'
import { Skeleton } from './ui/skeleton.tsx'

const loadQuestionnaire = () => import('./features/questionnaire/questionnaire-page.tsx')
const loadReview = () => import('./features/review/review-page.tsx')
const loadDecision = () => import('./features/decision/decision-page.tsx')

/** How long the first screen stays undisturbed: FHIRPath takes a second of the main thread, and the next click comes first. */
const QUIET_MS = 2_000
/** The frame that was asked for is on the screen by then. */
const PAINT_MS = 50

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Once the first screen is painted: the form; and when nobody is in a hurry, what evaluates its expressions. */
async function loadAhead(): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(resolve))
  await wait(PAINT_MS)
  const { loadEvaluator } = await loadQuestionnaire()
  await wait(QUIET_MS)
  await loadEvaluator()
}

const QuestionnairePage = lazy(async () => ({ default: (await loadQuestionnaire()).QuestionnairePage }))
const ReviewPage = lazy(async () => ({ default: (await loadReview()).ReviewPage }))
const DecisionPage = lazy(async () => ({ default: (await loadDecision()).DecisionPage }))

export function App() {
  const say = useSay()
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.read)
  const route = useRoute()
  if (ended) return <SessionEnded />
  if (route.screen === 'not-found') return <NotFound />
  return (
    <ErrorBoundary title={say('error.crash.title')} text={say('error.crash.text')} action={say('error.reload')}>
      <Launched key={route.launchId} route={route} />
    </ErrorBoundary>
  )
}

function Launched({ route }: { route: Exclude<Route, { screen: 'not-found' }> }) {
  const say = useSay()
  const { data: launch, error, refetch } = useQuery(launchQuery(route.launchId))
  if (launch !== undefined) setTimeZone(launch.timeZone)
  return (
    <HeaderSlotProvider>
      <Announcer>
        <a className="skip" href="#main">
          {say('shell.skip')}
        </a>
        <Header patient={launch?.patient ?? null} full={launch?.needPatientBanner ?? true} />
        <Steps route={route} cases={launch?.cases ?? []} />
        {error !== null ? (
          <Page>
            <FailurePage failure={error} onRetry={() => void refetch()} />
          </Page>
        ) : (
          <Suspense fallback={<Loading />}>
            {launch === undefined ? <Loading /> : <Screen route={route} launch={launch} />}
          </Suspense>
        )}
      </Announcer>
    </HeaderSlotProvider>
  )
}

function Screen({ route, launch }: { route: Exclude<Route, { screen: 'not-found' }>; launch: LaunchView }) {
  switch (route.screen) {
    case 'coverage':
      return <CoveragePage launch={launch} onShown={loadAhead} />
    case 'form':
      return (
        <QuestionnairePage key={route.caseId} launch={launch} caseId={route.caseId} focusItem={route.item ?? null} />
      )
    case 'review':
      return <ReviewPage key={route.caseId} launch={launch} caseId={route.caseId} />
    case 'decision':
      return <DecisionPage key={route.caseId} launch={launch} caseId={route.caseId} />
  }
}

function Loading() {
  const say = useSay()
  return (
    <Page>
      <Skeleton label={say('shell.loading')} blocks={[28, 160, 72]} />
    </Page>
  )
}
