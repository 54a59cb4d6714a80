/** One question: its words, its control, where its answer came from, what is wrong with it. */
import { useId, useState, type ReactNode } from 'react'
import type { ItemView } from '#domain/dtr/form-state.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { Icon } from '../../ui/icon.tsx'
import text from '../../ui/text.module.css'
import { itemDomId, useActiveItemStore, useActivity } from './active-item.ts'
import answerStyles from './answer.module.css'
import { Control, isGroupControl } from './controls/control.tsx'
import type { BodyContext } from './form-body.tsx'
import { InlineEvidence } from './evidence-pane.tsx'
import { ClearButton, OriginRow, isClearable } from './origin-row.tsx'
import styles from './question.module.css'

export function Question({ item, context, children }: { item: ItemView; context: BodyContext; children?: ReactNode }) {
  const id = useId()
  const { activate } = useActiveItemStore()
  const activity = useActivity(item.key)
  const grouped = isGroupControl(item)
  const faults = useFaults(item)
  const described = [item.hints.length > 0 ? `${id}-hints` : '', faults.length > 0 ? `${id}-faults` : ''].filter(
    (name) => name !== '',
  )
  return (
    <div
      id={itemDomId(item.key)}
      tabIndex={-1}
      role={grouped ? 'group' : undefined}
      aria-labelledby={grouped ? `${id}-label` : undefined}
      data-item={item.linkId}
      data-needs={item.needs ?? undefined}
      className={cx(styles.question, activity !== 'none' && styles.questionActive)}
      onFocus={(event) => {
        // A question below this one is the one being looked at.
        event.stopPropagation()
        activate(item.key)
      }}
    >
      <Words item={item} id={id} grouped={grouped} frozen={context.frozen} />
      {item.hints.length > 0 && (
        <div id={`${id}-hints`}>
          {item.hints.map((hint) => (
            <p key={hint} className={styles.hint}>
              {hint}
            </p>
          ))}
        </div>
      )}
      <div
        className={
          grouped || item.type === 'text' || item.needs === 'confirmation'
            ? answerStyles.answerBlock
            : answerStyles.answerLine
        }
      >
        <Control
          item={item}
          id={id}
          readOnly={item.readOnly || context.frozen}
          describedBy={described.length > 0 ? described.join(' ') : undefined}
          invalid={faults.some((fault) => fault.severity === 'error' && fault.kind !== 'missing')}
        />
        <OriginRow item={item} activity={activity} frozen={context.frozen} />
      </div>
      <Faults id={`${id}-faults`} faults={faults} />
      {!context.wide && activity === 'evidence' && <InlineEvidence caseKey={context.caseKey} item={item} />}
      {children !== undefined && children !== false && <div className={styles.nested}>{children}</div>}
    </div>
  )
}

/** The question's text, with help beside it for whoever asks; a supporting link opens beside the EHR, not in its frame. */
function Words({ item, id, grouped, frozen }: { item: ItemView; id: string; grouped: boolean; frozen: boolean }) {
  const say = useSay()
  const [open, setOpen] = useState(false)
  const Label = grouped ? 'span' : 'label'
  return (
    <>
      <div className={styles.words}>
        <Label id={`${id}-label`} className={styles.label} {...(grouped ? {} : { htmlFor: id })}>
          {item.prefix !== null && <span className={text.faint}>{item.prefix} </span>}
          {item.text}
          {item.required && item.answers.length === 0 && (
            <span className={styles.required}>{say('form.required')}</span>
          )}
        </Label>
        {item.help !== null && (
          <button
            type="button"
            className={answerStyles.link}
            aria-expanded={open}
            aria-label={say('form.helpNamed', { question: item.text })}
            onClick={() => setOpen(!open)}
          >
            {say('form.help')}
          </button>
        )}
        {item.supportLink !== null && (
          <a className={text.small} href={item.supportLink} target="_blank" rel="noopener noreferrer">
            {say('form.supportLink')}
          </a>
        )}
        {!frozen && isClearable(item) && (
          <span className={styles.clear}>
            <ClearButton item={item} />
          </span>
        )}
      </div>
      {open && <p className={styles.hint}>{item.help}</p>}
    </>
  )
}

/** What is said at the question. That an answer is missing is said by the mark beside its name, not as a fault. */
function useFaults(item: ItemView): ItemView['issues'] {
  return item.issues.filter((issue) => issue.kind !== 'missing' && issue.kind !== 'unconfirmed')
}

function Faults({ id, faults }: { id: string; faults: ItemView['issues'] }) {
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
