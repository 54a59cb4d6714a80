import type { ReviewView } from '#domain/contract/case.ts'
import { useChangeReview, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './review.module.css'

/** The chart's documents that go along: a tick each, saved at once. */
export function Documents({ caseKey, review }: { caseKey: CaseKey; review: ReviewView }) {
  const say = useSay()
  const formats = useFormats()
  const change = useChangeReview(caseKey)
  const included = review.documents.filter((document) => document.included)
  const toggle = (reference: string, include: boolean): void => {
    const references = review.documents
      .filter((document) => (document.reference === reference ? include : document.included))
      .map((document) => document.reference)
    change.mutate({ documents: { version: review.version, references } })
  }
  return (
    <Panel labelledBy="review-documents">
      <PanelHeader>
        <h2 id="review-documents" className={styles.heading}>
          {say('review.documents.title', { count: included.length })}
        </h2>
      </PanelHeader>
      {review.documents.length === 0 && <p className={styles.empty}>{say('review.documents.none')}</p>}
      <ul>
        {review.documents.map((document) => (
          <li key={document.reference} className={styles.document}>
            <label className={styles.tick}>
              <input
                type="checkbox"
                checked={document.included}
                aria-disabled={change.isPending || undefined}
                onChange={(event) => {
                  if (!change.isPending) toggle(document.reference, event.target.checked)
                }}
              />
              <span>
                {document.title}
                {document.date !== null && `, ${formats.date(document.date)}`}
              </span>
            </label>
            <span className={cx(text.faint, text.small)}>
              {document.supports === null ? '' : say('review.documents.supports', { what: document.supports })}
            </span>
          </li>
        ))}
      </ul>
      <FailureNotice failure={change.error} />
    </Panel>
  )
}
