/** The frame around the four screens: who the patient is, which step this is, and what failed before a screen could open. */
import { useSyncExternalStore, type ComponentProps } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { LaunchView } from '#domain/contract/launch.ts'
import { formQuery, launchQuery } from './api/queries.ts'
import { sessionEnd } from './api/session.ts'
import { FailurePage } from './components/failure.tsx'
import { CoveragePage } from './features/coverage/coverage-page.tsx'
import { setTimeZone } from './i18n/format.ts'
import { useSay } from './i18n/use-say.ts'
import { Announcer } from './layout/announcer.tsx'
import { ErrorBoundary } from './layout/error-boundary.tsx'
import { Header, HeaderSlotProvider } from './layout/header.tsx'
import { lateScreen } from './layout/late-screen.tsx'
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

const QuestionnairePage = lateScreen(async () => (await loadQuestionnaire()).QuestionnairePage)
const ReviewPage = lateScreen(async () => (await loadReview()).ReviewPage)
const DecisionPage = lateScreen(async () => (await loadDecision()).DecisionPage)

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
        ) : launch === undefined ? (
          <Loading />
        ) : (
          <Screen route={route} launch={launch} />
        )}
      </Announcer>
    </HeaderSlotProvider>
  )
}

function Screen({ route, launch }: { route: Exclude<Route, { screen: 'not-found' }>; launch: LaunchView }) {
  if (route.screen === 'coverage') return <CoveragePage launch={launch} onShown={loadAhead} />
  const { caseId, form, item = null } = route
  const shared = { launch, caseId, fallback: <Loading /> }
  switch (route.screen) {
    case 'form':
      return <Questionnaire key={`${caseId} ${form ?? ''}`} {...shared} focusForm={form ?? 'main'} focusItem={item} />
    case 'review':
      return <ReviewPage key={caseId} {...shared} />
    case 'decision':
      return <DecisionPage key={caseId} {...shared} />
  }
}

/** The form is asked for while the code of its screen loads. */
function Questionnaire(props: ComponentProps<typeof QuestionnairePage>) {
  useQuery(formQuery({ launchId: props.launch.launchId, caseId: props.caseId, formId: props.focusForm }))
  return <QuestionnairePage {...props} />
}

function Loading() {
  const say = useSay()
  return (
    <Page>
      <Skeleton label={say('shell.loading')} blocks={[28, 160, 72]} />
    </Page>
  )
}
