import type { ReviewView } from '#domain/contract/case.ts'
import type { CaseKey } from '../../api/queries.ts'
import { OriginTag, originLook } from '../../components/origin-tag.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Link } from '../../router.tsx'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'

type ReviewedForm = ReviewView['forms'][number]
type AnswersView = NonNullable<ReviewedForm['answers']>

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

/** Every form of the case with its answers; one that could not be filled says so in its place. */
export function Forms({ caseKey, forms }: { caseKey: CaseKey; forms: readonly ReviewedForm[] }) {
  return forms.map((form) =>
    form.answers === null ? (
      <UnreadForm key={form.formId} form={form} />
    ) : (
      <Answers
        key={form.formId}
        caseKey={caseKey}
        form={form}
        answers={form.answers}
        title={forms.length > 1 ? form.title : null}
      />
    ),
  )
}

function UnreadForm({ form: { formId, title, status, failure } }: { form: ReviewedForm }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  return (
    <Panel labelledBy={`review-${formId}`}>
      <PanelHeader>
        <h2 id={`review-${formId}`} className={styles.heading}>
          {title ?? say('review.form.untitled')}
        </h2>
      </PanelHeader>
      <p className={styles.unread}>
        {failure === null || status === 'populating' ? say(`review.form.${status}`) : sayMessage(failure)}
      </p>
    </Panel>
  )
}

interface AnswersProps {
  readonly caseKey: CaseKey
  readonly form: ReviewedForm
  readonly answers: AnswersView
  /** Where there are several forms: which one this is. */
  readonly title: string | null
}

/** Every answer of a form that will be sent, by section, with its origin. */
function Answers({ caseKey, form, answers, title }: AnswersProps) {
  const say = useSay()
  const words = useWords()
  const { formId } = form
  const heading = `review-answers-${formId}`
  const counts = (['fromChart', 'computed', 'edited', 'entered'] as const)
    .filter((kind) => answers[kind] > 0)
    .map((kind) => say(`review.answers.${kind}`, { count: answers[kind] }))
  return (
    <Panel labelledBy={heading}>
      <PanelHeader aside={<span className={cx(text.muted, text.small)}>{counts.join(' · ')}</span>}>
        <h2 id={heading} className={styles.heading}>
          {title === null
            ? say('review.answers.title', { count: answers.total })
            : say('review.answers.titleOf', { form: title, count: answers.total })}
        </h2>
      </PanelHeader>
      {!form.mayComplete && <p className={styles.unread}>{say('review.form.open')}</p>}
      {answers.sections.map((section) => (
        <section key={section.title} aria-label={section.title}>
          <div className={styles.sectionHead}>
            <h3>{section.title}</h3>
            <Link
              to={{
                screen: 'form',
                ...caseKey,
                ...(formId === 'main' ? {} : { form: formId }),
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
