/** What the payer would be told, line by line, before it is. */
import type { ChangePreview, Differences, LineFacts } from '#domain/contract/change.ts'
import { Amount, period } from '../../components/line-table.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Notice } from '../../ui/notice.tsx'
import { Facts, type Fact } from '../../ui/facts.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Line = Differences['lines'][number]

export function ChangeDifferences({ preview, payer }: { preview: ChangePreview; payer: string }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const { cancelsAll, lines, documents, messages } = preview.differences
  return (
    <>
      {preview.problems.map(({ message }, index) => (
        <Notice key={index} tone="stop">
          {sayMessage(message)}
        </Notice>
      ))}
      <p>{cancelsAll ? say('change.review.all', { payer }) : say('change.review.text', { payer })}</p>
      <ul className={styles.differences}>
        {lines.map((line) => (
          <LineDifference key={line.sequence} line={line} />
        ))}
        {documents.map((title, index) => (
          <li key={`document-${String(index)}`} className={styles.row}>
            <p className={text.strong}>{say('change.review.document')}</p>
            <p>{title}</p>
          </li>
        ))}
        {messages.map((words, index) => (
          <li key={`message-${String(index)}`} className={styles.row}>
            <p className={text.strong}>{say('change.review.message')}</p>
            <p>{words}</p>
          </li>
        ))}
      </ul>
      {!cancelsAll && lines.length > 0 && (
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>{say('change.review.rest')}</p>
      )}
    </>
  )
}

function LineDifference({ line }: { line: Line }) {
  const say = useSay()
  const title = `${String(line.sequence)}. ${line.title}`
  return (
    <li className={styles.row}>
      <p className={text.strong}>{say(`change.review.${line.change}`, { line: title })}</p>
      <Facts facts={useLineFacts(line)} />
    </li>
  )
}

/** What differs, the old value and the new; of a line added or cancelled its own values. */
function useLineFacts({ before, after }: Line): Fact[] {
  const say = useSay()
  const formats = useFormats()
  const dates = (of: LineFacts): string => period(of.start, of.end, formats, say) ?? say('line.noDates')
  const shown = [
    { label: say('line.service'), of: (facts: LineFacts) => facts.code ?? say('line.none') },
    { label: say('line.asked'), of: (facts: LineFacts) => <Amount amount={facts.asked} /> },
    { label: say('line.dates'), of: dates },
  ]
  const keyOf = [
    (facts: LineFacts) => facts.code,
    (facts: LineFacts) => `${facts.asked?.value ?? ''} ${facts.asked?.unit ?? ''}`,
    (facts: LineFacts) => `${facts.start ?? ''} ${facts.end ?? ''}`,
  ]
  return shown.flatMap(({ label, of }, index): Fact[] => {
    const key = keyOf[index]
    if (before === null || after === null) {
      const facts = before ?? after
      return facts === null ? [] : [{ label, value: of(facts) }]
    }
    if (key?.(before) === key?.(after)) return []
    return [
      {
        label,
        value: (
          <>
            <del className={text.muted}>{of(before)}</del> <ins className={styles.inserted}>{of(after)}</ins>
          </>
        ),
      },
    ]
  })
}
