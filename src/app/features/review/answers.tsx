import type { ReviewView } from '#domain/contract/case.ts'
import type { CaseKey } from '../../api/queries.ts'
import { OriginTag, originLook } from '../../components/origin-tag.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Link } from '../../router.tsx'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'

/** The server gives answers as FHIR writes them. */
const isFullDate = (value: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(value)

type AnswersView = ReviewView['answers']

/** Every answer that will be sent, by section, with its origin. */
export function Answers({ caseKey, answers }: { caseKey: CaseKey; answers: AnswersView }) {
  const say = useSay()
  const formats = useFormats()
  const counts = (['fromChart', 'computed', 'edited', 'entered'] as const)
    .filter((kind) => answers[kind] > 0)
    .map((kind) => say(`review.answers.${kind}`, { count: answers[kind] }))
  return (
    <Panel labelledBy="review-answers">
      <PanelHeader aside={<span className={cx(text.muted, text.small)}>{counts.join(' · ')}</span>}>
        <h2 id="review-answers" className={styles.heading}>
          {say('review.answers.title', { count: answers.total })}
        </h2>
      </PanelHeader>
      {answers.sections.map((section) => (
        <section key={section.title} aria-label={section.title}>
          <div className={styles.sectionHead}>
            <h3>{section.title}</h3>
            <Link
              to={{
                screen: 'form',
                ...caseKey,
                ...(section.answers[0] === undefined ? {} : { item: section.answers[0].itemKey }),
              }}
              aria-label={say('review.answers.changeIn', { section: section.title })}
            >
              {say('review.answers.change')}
            </Link>
          </div>
          <dl className={styles.answers}>
            {section.answers.map((answer) => (
              <div key={answer.itemKey} className={styles.answer}>
                <dt>{answer.label}</dt>
                <dd className={styles.value}>
                  {isFullDate(answer.value) ? formats.date(answer.value) : answer.value}
                  {answer.confirmed === true && <span className={text.faint}> {say('review.answers.confirmed')}</span>}
                  {answer.confirmed === false && (
                    <span className={styles.open}> {say('review.answers.unconfirmed')}</span>
                  )}
                </dd>
                <dd className={styles.origin}>
                  <OriginTag look={originLook(answer)} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Panel>
  )
}
