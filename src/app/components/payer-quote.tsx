import { useSay } from '../i18n/use-say.ts'
import styles from './payer-quote.module.css'

/** The payer's own words, in quotation marks and with their source, never mixed with ours. */
export function PayerQuote({
  text,
  source,
  assertionId,
}: {
  text: string
  source: string
  assertionId?: string | null
}) {
  const say = useSay()
  const cite =
    assertionId === null || assertionId === undefined ? source : say('quote.assertion', { source, id: assertionId })
  return (
    <blockquote className={styles.quote}>
      <p>{say('quote.text', { text })}</p>
      <footer>{cite}</footer>
    </blockquote>
  )
}
