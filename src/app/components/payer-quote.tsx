import { useSay } from '../i18n/use-say.ts'
import styles from './payer-quote.module.css'

/** The payer's own words, in quotation marks and with their source, never mixed with ours. */
export function PayerQuote({
  texts,
  source,
  assertionId,
}: {
  texts: readonly string[]
  source: string
  assertionId?: string | null
}) {
  const say = useSay()
  const cite =
    assertionId === null || assertionId === undefined ? source : say('quote.assertion', { source, id: assertionId })
  return (
    <blockquote className={styles.quote}>
      {texts.map((text) => (
        <p key={text}>{say('quote.text', { text })}</p>
      ))}
      <footer>{cite}</footer>
    </blockquote>
  )
}
