import type { LaunchView } from '#domain/contract/launch.ts'
import { useSay } from '../i18n/use-say.ts'
import { Link, type Route, type Step } from '../router.tsx'
import { Icon } from '../ui/icon.tsx'
import { cx } from '../ui/cx.ts'
import text from '../ui/text.module.css'
import styles from './steps.module.css'

const STEPS: readonly Step[] = ['coverage', 'form', 'review', 'decision']

/** States in which the form and the review are still open; past them the request has left. */
const OPEN_STATES: ReadonlySet<string> = new Set(['draft', 'ready', 'rejected'])

const hasLeft = (state: string | undefined): boolean => state !== undefined && !OPEN_STATES.has(state)

type ScreenRoute = Exclude<Route, { screen: 'not-found' }>

/** The four steps of one authorization. A step is a link as soon as there is something to see there. */
export function Steps({ route, cases }: { route: ScreenRoute; cases: LaunchView['cases'] }) {
  const say = useSay()
  const only = cases.length === 1 ? cases[0] : undefined
  const caseId = 'caseId' in route ? route.caseId : only?.caseId
  const state = cases.find((entry) => entry.caseId === caseId)?.state
  const present = STEPS.indexOf(route.screen)
  return (
    <nav className={styles.steps} aria-label={say('shell.steps')}>
      <ol className={styles.list}>
        {STEPS.map((step, index) => {
          const to = target(step, route, caseId, state)
          const current = index === present
          // Once sent it stays signed, also while a questionnaire that the payer asked for afterwards is filled.
          const done = index < present || (!current && step !== 'decision' && hasLeft(state))
          const body = (
            <>
              <span className={styles.number}>{done ? <Icon name="check" size={12} /> : index + 1}</span>
              <span className={styles.label}>{say(`step.${step}`)}</span>
              {done && <span className={text.hidden}>{say('step.done')}</span>}
            </>
          )
          const className = cx(styles.step, done && styles.done, current && styles.current)
          return (
            <li key={step}>
              {to !== null && !current ? (
                <Link to={to} className={className}>
                  {body}
                </Link>
              ) : (
                <span className={className} aria-current={current ? 'step' : undefined}>
                  {body}
                </span>
              )}
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

function target(
  step: Step,
  route: ScreenRoute,
  caseId: string | undefined,
  state: string | undefined,
): ScreenRoute | null {
  if (step === 'coverage') return { screen: 'coverage', launchId: route.launchId }
  if (caseId === undefined) return null
  const sent = hasLeft(state)
  if (step === 'decision' ? !sent && state !== 'rejected' : sent) return null
  return { screen: step, launchId: route.launchId, caseId }
}
