/** Where an answer came from, and what can be done about it: confirm, clear, take the chart's value back, see what was looked for. */
import type { ReactNode } from 'react'
import type { AnswerOrigin, EvidenceView, Lookup } from '#domain/contract/form.ts'
import { clear, confirm, revert } from '#domain/dtr/form/form-edit.ts'
import { isFixed } from '#domain/dtr/form/locks.ts'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { OriginTag, originLook } from '../../components/origin-tag.tsx'
import { useFormats, type Formats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Tag } from '../../ui/tag.tsx'
import { itemDomId, useActiveItemStore, type Activity } from './active-item.ts'
import styles from './answer.module.css'
import { describeAnswers } from './describe-answer.ts'
import { useFormStore } from './form-store.ts'
import { namesOf } from './item-names.ts'
import { useIsLookedUp } from './looking-up.ts'
import { LookupDetails } from './lookup-details.tsx'

export function OriginRow({ item, activity, frozen }: { item: ItemView; activity: Activity; frozen: boolean }) {
  const { origin } = item
  if (item.needs === 'confirmation' && origin !== null)
    return <ToConfirm item={item} activity={activity} origin={origin} frozen={frozen} />
  if (item.answers.length === 0) return <Unanswered item={item} activity={activity} frozen={frozen} />
  if (origin === null) return null
  const look = originLook(origin)
  return (
    <div className={styles.origin}>
      <OriginTag look={look} />
      {look === 'computed' && <Inputs origin={origin} />}
      {look !== 'edited' && look !== 'entered' && (
        <Sources item={item} activity={activity} evidence={origin.evidence} />
      )}
      {origin.confirmation?.confirmedAt !== undefined && origin.confirmation.confirmedAt !== null && (
        <Confirmed origin={origin} />
      )}
      {look === 'edited' && <WayBack item={item} activity={activity} origin={origin} frozen={frozen} />}
      {look === 'payer' && item.lookup?.status === 'failed' && <LookedFor lookup={item.lookup} />}
    </div>
  )
}

/**
 * Text a person typed is cleared by emptying it; what has no empty state of its own gets a button. An answer to be confirmed
 * has it beside *Confirm*.
 */
export function isClearable(item: ItemView): boolean {
  if (isFixed(item) || item.answers.length === 0 || item.needs === 'confirmation') return false
  if (item.origin === null || originLook(item.origin) !== 'entered') return true
  return item.type === 'boolean' || (item.type === 'choice' && !item.repeats)
}

interface OriginProps {
  readonly item: ItemView
  readonly activity: Activity
  readonly origin: AnswerOrigin
  readonly frozen: boolean
}

function ToConfirm({ item, activity, origin, frozen }: OriginProps) {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  return (
    <div className={styles.origin}>
      <Tag tone="wait" icon="bang">
        {say('form.pleaseConfirm')}
      </Tag>
      <Sources item={item} activity={activity} evidence={origin.evidence} from />
      {!frozen && (
        <span className={styles.actions}>
          <Button
            slim
            shortcut="c"
            data-confirm
            aria-label={say('form.confirmNamed', { question: item.text })}
            onClick={() => {
              store.edit((state, edit) => confirm(state, item.key, edit))
              announce(say('form.confirmed'))
              // The button goes away; the focus stays with the question.
              document.getElementById(itemDomId(item.key))?.focus()
            }}
          >
            {say('form.confirm')}
          </Button>
          <ClearButton item={item} />
        </span>
      )}
    </div>
  )
}

export function ClearButton({ item }: { item: ItemView }) {
  const say = useSay()
  const store = useFormStore()
  return (
    <Button
      look="quiet"
      slim
      aria-label={say('form.clearNamed', { question: item.text })}
      onClick={() => {
        store.edit((state, edit) => clear(state, item.key, edit))
        document.getElementById(itemDomId(item.key))?.focus()
      }}
    >
      {say('form.clear')}
    </Button>
  )
}

/** What the chart says, where a person changed it, and one click back. */
function WayBack({ item, activity, origin, frozen }: OriginProps) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  const suggested = origin.suggested as Answer[] | null
  if (suggested === null) return null
  const value = describeAnswers(suggested, formats, say)
  return (
    <>
      <span className={styles.source}>
        {say(origin.evidence.length > 0 ? 'form.chartSays' : 'form.suggestedWas', { value })}{' '}
        <Sources item={item} activity={activity} evidence={origin.evidence} />
      </span>
      {!frozen && (
        <Button
          look="quiet"
          slim
          icon="undo"
          onClick={() => store.edit((state, edit) => revert(state, item.key, edit))}
        >
          {say('form.use', { value: shorten(value) })}
        </Button>
      )}
    </>
  )
}

/** Nothing there: cleared by a person, looked for now, not found, or never looked for. */
function Unanswered({ item, activity, frozen }: Omit<OriginProps, 'origin'>) {
  const say = useSay()
  const isLookedUp = useIsLookedUp(item.key)
  const suggested = item.origin?.suggested ?? null
  if (isLookedUp)
    return (
      <div className={styles.origin} role="status">
        <span className={styles.source}>{say('form.lookup.now')}</span>
      </div>
    )
  if (item.lookup === null && !(item.cleared && suggested !== null)) return null
  return (
    <div className={styles.origin}>
      {item.cleared && suggested !== null && item.origin !== null && (
        <>
          <span className={styles.source}>{say('form.cleared')}</span>
          <WayBack item={item} activity={activity} origin={item.origin} frozen={frozen} />
        </>
      )}
      {item.lookup !== null && <LookedFor lookup={item.lookup} />}
    </div>
  )
}

export function LookedFor({ lookup }: { lookup: Lookup }) {
  const say = useSay()
  return (
    <div className={styles.lookup}>
      <span className={styles.source}>{say(`form.lookup.status.${lookup.status}`)}</span>
      <Disclosure summary={say('form.lookedFor')}>
        <LookupDetails lookup={lookup} />
      </Disclosure>
    </div>
  )
}

function Confirmed({ origin }: { origin: AnswerOrigin }) {
  const say = useSay()
  const by = origin.confirmation?.by ?? null
  return (
    <span className={styles.source}>
      {by === null ? say('form.wasConfirmed') : say('form.confirmedBy', { name: by })}
    </span>
  )
}

function Inputs({ origin }: { origin: AnswerOrigin }) {
  const say = useSay()
  const formats = useFormats()
  const { model } = useFormStore().read()
  const names = namesOf(model, origin.inputs)
  if (names.length === 0) return null
  return <span className={styles.source}>{say('form.computedFrom', { inputs: formats.list(names) })}</span>
}

/** Most answers rest on one source; more of them are counted and found in the evidence pane. */
function Sources({
  item,
  activity,
  evidence,
  from = false,
}: {
  item: ItemView
  activity: Activity
  evidence: readonly EvidenceView[]
  from?: boolean
}): ReactNode {
  const say = useSay()
  const formats = useFormats()
  const { openEvidence } = useActiveItemStore()
  const [first, ...others] = evidence
  if (first === undefined) return null
  const open = (index: number) => (): void => openEvidence(item.key, index)
  const link = (
    <button type="button" className={styles.link} aria-expanded={activity === 'evidence'} onClick={open(0)}>
      {nameOf(first, formats)}
    </button>
  )
  if (!from && others.length === 0) return link
  return (
    <span className={styles.source}>
      {from && `${say('form.from')} `}
      {link}
      {others.length > 0 && (
        <>
          {' '}
          <button type="button" className={styles.link} onClick={open(1)}>
            {say('form.moreSources', { count: others.length })}
          </button>
        </>
      )}
    </span>
  )
}

function nameOf({ label, date }: EvidenceView, formats: Formats): string {
  return date === null ? label : `${label}, ${formats.date(date)}`
}

function shorten(value: string): string {
  return value.length > 24 ? `${value.slice(0, 23)}…` : value
}
