import type { OrderGroupView } from '#domain/contract/launch.ts'
import { ClockList } from '../../components/clock-list.tsx'
import { useHasSentence, useSay } from '../../i18n/use-say.ts'
import { Icon } from '../../ui/icon.tsx'
import styles from './coverage.module.css'

/** What it takes, who does it, and until when the payer must decide. */
export function GroupFacts({ group }: { group: OrderGroupView }) {
  const say = useSay()
  const has = useHasSentence()
  const { questionnaireCount, estimatedTime, clocks } = group
  return (
    <ul className={styles.facts}>
      {questionnaireCount !== null && questionnaireCount > 0 && (
        <li className={styles.fact}>
          <Icon name="doc" />
          <span>
            {estimatedTime === null
              ? say('coverage.questionnaires', { count: questionnaireCount })
              : say('coverage.questionnairesTime', {
                  count: questionnaireCount,
                  time: has(`coverage.time.${estimatedTime}`) ? say(`coverage.time.${estimatedTime}`) : estimatedTime,
                })}
          </span>
        </li>
      )}
      <li className={styles.fact}>
        <Icon name="user" />
        <span>{say('coverage.whoSigns')}</span>
      </li>
      {clocks.length > 0 && (
        <li className={styles.fact}>
          <Icon name="clock" />
          <div>
            <p>{say('coverage.decisionWithin')}</p>
            <ClockList clocks={clocks} />
          </div>
        </li>
      )}
    </ul>
  )
}
