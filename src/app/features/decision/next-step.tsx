import type { CaseAction, CaseView } from '#domain/contract/case.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Link } from '../../router.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

/** Which screen an action leads to; the actions of an unknown case have their own place. */
const SCREENS: Partial<Record<CaseAction, 'form' | 'review'>> = {
  correct: 'form',
  'complete-form': 'form',
  review: 'review',
}

/** What comes next and whose turn it is, with the one action that does it. */
export function NextStep({ caseKey, view }: { caseKey: CaseKey; view: CaseView }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const offered = view.state === 'ready' ? (['review', 'correct'] as const) : (['correct', 'complete-form'] as const)
  const action = offered.find((candidate) => view.actions.includes(candidate))
  const screen = action === undefined ? undefined : SCREENS[action]
  if (view.nextStep === null && screen === undefined) return null
  return (
    <section className={styles.next} aria-label={say('case.next.title')}>
      <Icon name="arrow" />
      <p className={styles.nextText}>
        <span className={text.strong}>{view.nextStep === null ? '' : sayMessage(view.nextStep)}</span>{' '}
        {view.owner !== 'nobody' && (
          <span className={text.muted}>{say('case.next.owner', { owner: say(`owner.${view.owner}`) })}</span>
        )}
      </p>
      {action !== undefined && screen !== undefined && (
        <Link to={{ screen, ...caseKey }} className={buttonClass({ look: 'primary' })}>
          {say(`case.action.${action}`)}
        </Link>
      )}
    </section>
  )
}
