/** Legal and contractual clocks: a date and what is left, and one click away the rule and where it stands. In the order of their lines. */
import type { ClockView } from '#domain/contract/common.ts'
import { useFormats } from '../i18n/format.ts'
import { useHasSentence, useSay } from '../i18n/use-say.ts'
import { cx } from '../ui/cx.ts'
import { Disclosure } from '../ui/disclosure.tsx'
import styles from './clock-list.module.css'
import { useNow } from './use-now.ts'

const SOON_MS = 24 * 3_600_000

export function ClockList({ clocks }: { clocks: readonly ClockView[] }) {
  const inOrder = [...clocks].sort((one, other) => (one.lineSequences[0] ?? 0) - (other.lineSequences[0] ?? 0))
  return (
    <ul className={styles.list}>
      {inOrder.map((clock) => (
        <li key={clock.id}>
          <Clock clock={clock} />
        </li>
      ))}
    </ul>
  )
}

function Clock({ clock }: { clock: ClockView }) {
  const say = useSay()
  const has = useHasSentence()
  const lines = clock.lineSequences.join(', ')
  const rule = `clock.rule.${clock.rule}`
  return (
    <Disclosure
      summary={
        <span className={styles.summary}>
          <span className={styles.scope}>{say(`clock.scope.${clock.scope}`)}</span> <Due clock={clock} />
        </span>
      }
    >
      <p className={styles.rule}>
        {has(rule) ? say(rule) : say('clock.rule.other')}{' '}
        {clock.startedAt !== null && lines !== '' && say('clock.lines', { count: clock.lineSequences.length, lines })}
        <span className={styles.citation}>{clock.citation}</span>
      </p>
    </Disclosure>
  )
}

/** Not started: the limit. Running: date and what is left. Stopped: when. */
function Due({ clock }: { clock: ClockView }) {
  const say = useSay()
  const formats = useFormats()
  const now = useNow()
  if (clock.stoppedAt !== null)
    return <span className={styles.stopped}>{say('clock.stopped', { at: formats.dateTime(clock.stoppedAt) })}</span>
  if (clock.dueAt === null) return <span>{say(`clock.limit.${clock.limit.unit}`, { count: clock.limit.value })}</span>
  const left = Date.parse(clock.dueAt) - now
  return (
    <span className={cx(styles.due, left < 0 ? styles.late : left < SOON_MS && styles.soon)}>
      {formats.dateTime(clock.dueAt)}
      {' · '}
      {left < 0 ? say('clock.late', { span: formats.span(-left) }) : say('clock.left', { span: formats.span(left) })}
    </span>
  )
}
