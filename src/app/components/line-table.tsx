/** The lines of a request in one table: before sending what is asked, afterwards what the payer said to each. */
import { Fragment } from 'react'
import type { LineView } from '#domain/contract/case.ts'
import { numberHolds } from '#domain/tracking/case-actions.ts'
import { useFormats, type Formats } from '../i18n/format.ts'
import { useHasSentence, useSay, useSayMessage } from '../i18n/use-say.ts'
import { cx } from '../ui/cx.ts'
import { Disclosure } from '../ui/disclosure.tsx'
import { Facts, type Fact } from '../ui/facts.tsx'
import text from '../ui/text.module.css'
import styles from './line-table.module.css'
import { PayerQuote } from './payer-quote.tsx'
import { LineTag } from './state-tag.tsx'

export function RequestedLines({ lines }: { lines: readonly LineView[] }) {
  const say = useSay()
  const formats = useFormats()
  return (
    <div className={styles.frame}>
      <table className={styles.table} role="table">
        <Head columns={['line', 'service', 'asked', 'dates']} />
        <tbody role="rowgroup">
          {lines.map((line) => (
            <tr key={line.sequence} role="row">
              <LineNumber line={line} />
              <Service line={line} />
              <td role="cell" data-label={say('line.asked')} className={text.number}>
                <Amount amount={line.asked} />
              </td>
              <td role="cell" data-label={say('line.dates')}>
                {period(line.start, line.end, formats, say) ?? (
                  <span className={text.faint}>{say('line.noDates')}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function DecidedLines({ lines, payer }: { lines: readonly LineView[]; payer: string }) {
  const say = useSay()
  const wordsOf = usePayerWords()
  const words = lines.map(wordsOf)
  return (
    <div className={cx(styles.frame, styles.decided)}>
      <table className={styles.table} role="table">
        <Head columns={['line', 'service', 'decision', 'asked', 'allowed', 'authorization']} />
        <tbody role="rowgroup">
          {lines.map((line, index) => (
            <Fragment key={line.sequence}>
              <tr role="row" className={cx(words[index] !== null && styles.explained)}>
                <LineNumber line={line} />
                <Service line={line} />
                <td role="cell" data-label={say('line.decision')}>
                  <LineTag status={line.status} />
                  <DecisionCodes line={line} />
                </td>
                <td role="cell" data-label={say('line.asked')} className={text.number}>
                  <Amount amount={line.asked} />
                </td>
                <td role="cell" data-label={say('line.allowed')} className={text.number}>
                  <strong>
                    <Amount amount={line.allowed} />
                  </strong>
                </td>
                <td role="cell" data-label={say('line.authorization')}>
                  <Authorization line={line} />
                </td>
              </tr>
              <Words words={words[index] ?? null} first={firstWithSame(lines, words, index)} payer={payer} />
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Head({ columns }: { columns: readonly string[] }) {
  const say = useSay()
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map((column) => (
          <th key={column} role="columnheader" scope="col">
            {say(`line.${column}`)}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function LineNumber({ line }: { line: LineView }) {
  const say = useSay()
  return (
    <td role="cell" data-label={say('line.line')} className={styles.sequence}>
      {line.sequence}
    </td>
  )
}

function Service({ line }: { line: LineView }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const detail = line.detail === null ? null : sayMessage(line.detail)
  return (
    <td role="cell" data-label={say('line.service')} className={styles.service}>
      <div>{line.title}</div>
      <div className={styles.sub}>{[line.code, detail].filter((part) => part !== null).join(' · ')}</div>
    </td>
  )
}

interface PayerWords {
  readonly reasons: string
  readonly notes: readonly string[]
}

/** What the payer says about a line, `null` where nothing. A code without words stands among the details alone. */
function usePayerWords(): (line: LineView) => PayerWords | null {
  const say = useSay()
  const has = useHasSentence()
  return ({ reasons, notes }) => {
    const said = reasons.flatMap(({ code, text: words }) => {
      const key = `x12.reason.${code}`
      return words ?? (has(key) ? say(key) : [])
    })
    return said.length === 0 && notes.length === 0 ? null : { reasons: said.join('. '), notes }
  }
}

/** An earlier line about which the payer says the same, `null` where there is none. */
function firstWithSame(
  lines: readonly LineView[],
  all: readonly (PayerWords | null)[],
  index: number,
): LineView | null {
  const first = all.findIndex((words) => JSON.stringify(words) === JSON.stringify(all[index]))
  return first < index ? (lines[first] ?? null) : null
}

/** The payer's reasons and words, across the table under the line that they are about; once only where they are the same. */
function Words({ words, first, payer }: { words: PayerWords | null; first: LineView | null; payer: string }) {
  const say = useSay()
  if (words === null) return null
  return (
    <tr role="row" className={styles.words}>
      <td role="cell" className={styles.blank} />
      <td role="cell" colSpan={5} data-label={say('line.words')}>
        {first !== null && (
          <p className={cx(text.small, text.muted)}>{say('line.sameWords', { line: first.sequence })}</p>
        )}
        {first === null && words.reasons !== '' && <p className={cx(text.small, styles.reasons)}>{words.reasons}</p>}
        {first === null && words.notes.length > 0 && <PayerQuote texts={words.notes} source={payer} />}
      </td>
    </tr>
  )
}

function DecisionCodes({ line }: { line: LineView }) {
  const say = useSay()
  const formats = useFormats()
  const facts: Fact[] = [
    { label: say('line.reviewAction'), value: line.reviewActionCode },
    { label: say('line.reasonCodes'), value: line.reasons.map(({ code }) => code).join(', ') },
    { label: say('line.tracking'), value: line.trackingNumber },
    { label: say('line.issued'), value: line.issuedOn === null ? null : formats.date(line.issuedOn) },
  ].filter(({ value }) => value !== null && value !== '')
  if (facts.length === 0) return null
  return (
    <div className={text.small}>
      <Disclosure summary={say('line.details')}>
        <Facts facts={facts} />
      </Disclosure>
    </div>
  )
}

function Authorization({ line }: { line: LineView }) {
  const say = useSay()
  const formats = useFormats()
  const valid = period(line.validFrom, line.validTo, formats, say)
  if (line.authorizationNumber === null && valid === null) return <span className={text.faint}>{say('line.none')}</span>
  return (
    <>
      {line.authorizationNumber !== null && (
        <AuthorizationNumber value={line.authorizationNumber} holds={numberHolds(line.status)} />
      )}
      {valid !== null && <div className={styles.sub}>{valid}</div>}
    </>
  )
}

/** A number that was given and ended is kept in sight, and never looks like one that may be used. */
function AuthorizationNumber({ value, holds }: { value: string; holds: boolean }) {
  const say = useSay()
  if (holds) return <strong className={styles.number}>{value}</strong>
  return (
    <>
      <s className={cx(styles.number, text.faint)}>{value}</s>
      <div className={styles.sub}>{say('line.numberEnded')}</div>
    </>
  )
}

/** A count with its unit in words: `UN` is X12's code for billing units. */
export function Amount({ amount }: { amount: LineView['asked'] }) {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  if (amount === null) return <span aria-label={say('line.none')}>–</span>
  const key = `unit.${amount.unit}`
  return `${formats.number(amount.value)} ${has(`${key}_other`) ? say(key, { count: Number(amount.value) }) : amount.unit}`.trim()
}

/** Both ends where both are known. */
export function period(
  from: string | null,
  to: string | null,
  formats: Formats,
  say: ReturnType<typeof useSay>,
): string | null {
  if (from === null && to === null) return null
  if (from === null) return say('line.until', { to: formats.date(to ?? '') })
  return to === null
    ? say('line.from', { from: formats.date(from) })
    : say('line.fromTo', { from: formats.date(from), to: formats.date(to) })
}
