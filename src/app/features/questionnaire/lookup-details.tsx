import type { Lookup } from '#domain/contract/form.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import styles from './answer.module.css'

/** The searches that were made for one question, and what came back. */
export function LookupDetails({ lookup }: { lookup: Lookup }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  return (
    <div className={styles.lookupDetails}>
      {lookup.reason !== null && <p>{sayMessage(lookup.reason)}</p>}
      {lookup.searches.length > 0 && (
        <ul>
          {lookup.searches.map((search, index) => (
            <li key={index}>
              <span>{search.resourceType}</span>: {outcome(search, say)}
              {search.query !== '' && <code className={styles.query}>{search.query}</code>}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function outcome({ found, failure }: Lookup['searches'][number], say: ReturnType<typeof useSay>): string {
  if (failure !== null) return say('form.lookup.failed', { failure })
  return found === null ? say('form.lookup.notRun') : say('form.lookup.found', { count: found })
}
