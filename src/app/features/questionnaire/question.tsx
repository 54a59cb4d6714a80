/** One question: its words, its control, where its answer came from, what is wrong with it. */
import { useId, useState, type CSSProperties, type ReactNode } from 'react'
import type { FormIssue, ItemView } from '#domain/dtr/form/form-state.ts'
import { useSayMessage } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { Icon } from '../../ui/icon.tsx'
import { itemDomId, useActiveItemStore, useActivity } from './active-item.ts'
import { Changes, HistoryButton } from './answer-history.tsx'
import answerStyles from './answer.module.css'
import { Candidates, ContextRows } from './beside-question.tsx'
import { takesNone, type BodyContext } from './body-context.ts'
import { Control, controlKind, isGroupControl } from './controls/control.tsx'
import { InlineEvidence } from './evidence-pane.tsx'
import { columnWidth } from './column-width.ts'
import { OriginRow } from './origin-row.tsx'
import { Hints, LockWords, Words, hasHints } from './question-words.tsx'
import styles from './question.module.css'

export function Question({ item, context, children }: { item: ItemView; context: BodyContext; children?: ReactNode }) {
  const id = useId()
  const { activate } = useActiveItemStore()
  const activity = useActivity(item.key)
  const grouped = isGroupControl(item)
  const faults = shownFaults(item)
  const readOnly = takesNone(item, context)
  const [historyOpen, setHistoryOpen] = useState(false)
  // Where there is room, the evidence pane has it.
  const ownHistory = !context.wide && hasHistory(item)
  const described = [
    hasHints(item) ? `${id}-hints` : '',
    item.locked === null ? '' : `${id}-lock`,
    faults.length > 0 ? `${id}-faults` : '',
  ].filter(Boolean)
  return (
    <div
      id={itemDomId(item.key)}
      tabIndex={-1}
      role={grouped ? 'group' : undefined}
      aria-labelledby={grouped ? `${id}-label` : undefined}
      data-item={item.linkId}
      data-needs={item.needs ?? undefined}
      className={cx(styles.question, activity !== 'none' && styles.questionActive, !item.enabled && styles.questionOff)}
      onFocus={(event) => {
        // A question below this one is the one being looked at.
        event.stopPropagation()
        activate(item.key)
      }}
    >
      <Words
        item={item}
        id={id}
        grouped={grouped}
        frozen={readOnly}
        history={
          ownHistory ? (
            <HistoryButton item={item} open={historyOpen} onToggle={() => setHistoryOpen(!historyOpen)} />
          ) : null
        }
      />
      <Hints item={item} id={id} />
      <LockWords item={item} id={id} />
      <div className={isWide(item, grouped) ? answerStyles.answerBlock : answerStyles.answerLine} style={widthOf(item)}>
        <Control
          item={item}
          id={id}
          readOnly={readOnly}
          describedBy={described.length > 0 ? described.join(' ') : undefined}
          invalid={isInvalid(faults)}
        />
        <OriginRow item={item} activity={activity} frozen={context.frozen || item.locked !== null} />
      </div>
      {item.candidates.length > 0 && <Candidates item={item} readOnly={readOnly} />}
      {item.contextRows.length > 0 && activity !== 'none' && <ContextRows item={item} />}
      <Faults id={`${id}-faults`} faults={faults} />
      {!context.wide && activity === 'evidence' && <InlineEvidence caseKey={context.caseKey} item={item} />}
      {ownHistory && historyOpen && <Changes item={item} />}
      {children !== undefined && children !== false && <div className={styles.nested}>{children}</div>}
    </div>
  )
}

/**
 * Where an answer is or was. It does not depend on the focus: what comes and goes with it would move the button that is being
 * clicked.
 */
const hasHistory = ({ answers, origin }: ItemView): boolean => answers.length > 0 || origin !== null

/** SDC width: of the answer's own field, where the form gives one. */
function widthOf({ facts }: ItemView): CSSProperties | undefined {
  const width = columnWidth(facts.width)
  return width === undefined ? undefined : ({ '--answer-width': width } as CSSProperties)
}

/** Where the origin stands under the answer: beside it there is no room. */
function isWide(item: ItemView, grouped: boolean): boolean {
  return grouped || item.type === 'text' || item.needs === 'confirmation' || WIDE.has(controlKind(item))
}

const WIDE: ReadonlySet<string> = new Set(['slider', 'date', 'spinner', 'quantity'])

/** What is said at the question. That an answer is missing is said by the mark beside its name, not as a fault. */
export function shownFaults(item: ItemView): readonly FormIssue[] {
  if (item.issues.length === 0) return item.issues
  return item.issues.filter(
    ({ kind, message }) =>
      kind !== 'missing' &&
      kind !== 'unconfirmed' &&
      // The list is asked for while one types: that it is not in the form is no fault yet.
      !(message.key === 'form.issue.value-set-missing' && item.expansion === 'wanted'),
  )
}

export const isInvalid = (faults: readonly FormIssue[]): boolean =>
  faults.some((fault) => fault.severity === 'error' && fault.kind !== 'missing')

export function Faults({ id, faults }: { id: string; faults: readonly FormIssue[] }) {
  const sayMessage = useSayMessage()
  return (
    <div id={id} role="status">
      {faults.map((fault, index) => (
        <p key={index} className={cx(styles.fault, fault.severity === 'warning' && styles.faultMild)}>
          <Icon name="bang" size={14} />
          <span>{sayMessage(fault.message)}</span>
        </p>
      ))}
    </div>
  )
}
