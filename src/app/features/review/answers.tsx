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

type AnswersView = ReviewView['answers']

/** The server gives answers as FHIR writes them; here they become words. */
function useWords(): (value: string) => string {
  const say = useSay()
  const formats = useFormats()
  return (value) => {
    if (value === 'true' || value === 'false') return say(value === 'true' ? 'form.yes' : 'form.no')
    return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formats.date(value) : value
  }
}

/** The repetition that an answer belongs to, by its key: `trials:1` of `trials:1/trial.drug`. */
const repetitionOf = (itemKey: string): string | undefined => /^(.*:\d+)\//.exec(itemKey)?.[1]

/** Every answer that will be sent, by section, with its origin. */
export function Answers({ caseKey, answers }: { caseKey: CaseKey; answers: AnswersView }) {
  const say = useSay()
  const words = useWords()
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
            {section.answers.map((answer, index) => (
              <div
                key={answer.itemKey}
                className={cx(
                  styles.answer,
                  index > 0 &&
                    repetitionOf(answer.itemKey) !== repetitionOf(section.answers[index - 1]?.itemKey ?? '') &&
                    styles.answerApart,
                )}
              >
                <dt>{answer.label}</dt>
                <dd className={styles.value}>
                  {words(answer.value)}
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
