import type { CaseView } from '#domain/contract/case.ts'
import { useFormats, type Formats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

/** How the case came here, the newest first, as the event chain tells it. */
export function Timeline({ view }: { view: CaseView }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const formats = useFormats()
  const entries = [...view.timeline].sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
  return (
    <aside className={styles.timeline} aria-labelledby="case-timeline">
      <h2 id="case-timeline" className={styles.heading}>
        {say('case.timeline')}
      </h2>
      <ol className={styles.entries}>
        {entries.map((entry, index) => (
          <li
            key={`${entry.at}-${entry.kind}-${String(index)}`}
            className={index === 0 ? styles.entryNow : styles.entry}
          >
            <p className={index === 0 ? text.strong : undefined}>{sayMessage(entry.message)}</p>
            <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
              {[
                when(entry.at, entries[index - 1]?.at, formats),
                entry.detail === null ? null : sayMessage(entry.detail),
                entry.actor,
              ]
                .filter((part) => part !== null)
                .join(' · ')}
            </p>
          </li>
        ))}
      </ol>
    </aside>
  )
}

/** The date only where it changes. */
function when(at: string, before: string | undefined, formats: Formats): string {
  return before !== undefined && formats.date(before) === formats.date(at) ? formats.time(at) : formats.dateTime(at)
}
