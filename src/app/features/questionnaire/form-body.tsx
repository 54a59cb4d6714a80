/** The form's items as the engine orders them: sections as panels, groups, repetitions, questions. Nothing is windowed away. */
import { Fragment, memo } from 'react'
import { addRepetition, removeRepetition } from '#domain/dtr/form-edit.ts'
import { isShownQuestion, listItems, type FormState, type ItemView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { itemDomId } from './active-item.ts'
import type { Shown } from './form-screen.tsx'
import { useFormState, useFormStore, useItem } from './form-store.ts'
import styles from './form.module.css'
import { Question } from './question.tsx'

/** What every level needs and none changes. */
export interface BodyContext {
  readonly caseKey: CaseKey
  /** Keys to draw, or null for all. */
  readonly only: ReadonlySet<ItemKey> | null
  readonly wide: boolean
  readonly frozen: boolean
}

export function FormBody({
  caseKey,
  shown,
  kept,
  wide,
  frozen,
  onShowAll,
}: {
  caseKey: CaseKey
  shown: Shown
  kept: ReadonlySet<ItemKey>
  wide: boolean
  frozen: boolean
  onShowAll: () => void
}) {
  const say = useSay()
  const state = useFormState()
  const only = shown === 'needs' ? withAncestors(state, kept) : null
  const context: BodyContext = { caseKey, only, wide, frozen }
  if (only !== null && only.size === 0)
    return (
      <div className={styles.body}>
        <EmptyState
          icon="check"
          tone="ok"
          title={say('form.nothingLeft.title')}
          action={<Button onClick={onShowAll}>{say('form.nothingLeft.all')}</Button>}
        >
          <p>{say('form.nothingLeft.text')}</p>
        </EmptyState>
      </div>
    )
  return (
    <div className={styles.body}>
      {state.roots.map((key) => (
        <Section key={key} itemKey={key} context={context} />
      ))}
    </div>
  )
}

/** The kept questions with every group around them; a group's own display text comes along. */
function withAncestors(state: FormState, kept: ReadonlySet<ItemKey>): Set<ItemKey> {
  const wanted = new Set<ItemKey>()
  for (const item of listItems(state)) {
    if (!kept.has(item.key) || !(isShownQuestion(item) || item.needs !== null)) continue
    for (
      let at: ItemView | undefined = item;
      at !== undefined;
      at = at.parent === null ? undefined : state.items.get(at.parent)
    )
      wanted.add(at.key)
  }
  return wanted
}

function isDrawn(item: ItemView | undefined, context: BodyContext): item is ItemView {
  return item !== undefined && item.enabled && !item.hidden && (context.only === null || context.only.has(item.key))
}

/** An outermost item. A group is a panel with a heading; a question without a group gets a panel of its own. */
function Section({ itemKey, context }: { itemKey: ItemKey; context: BodyContext }) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  if (item.type !== 'group')
    return (
      <div className={styles.panel}>
        <Item itemKey={itemKey} context={context} />
      </div>
    )
  const headingId = `${itemDomId(itemKey)}-heading`
  return (
    <section id={itemDomId(itemKey)} tabIndex={-1} className={styles.sectionBlock} aria-labelledby={headingId}>
      <h2 id={headingId} className={styles.sectionHeading}>
        {item.prefix !== null && `${item.prefix} `}
        {item.text}
      </h2>
      <Hints item={item} />
      <div className={styles.panel}>
        {item.repetition === null ? (
          <Children item={item} context={context} />
        ) : (
          <Repetition item={item} context={context} />
        )}
      </div>
    </section>
  )
}

function Children({ item, context }: { item: ItemView; context: BodyContext }) {
  return item.children.map((key) => <Item key={key} itemKey={key} context={context} />)
}

const Item = memo(function Item({ itemKey, context }: { itemKey: ItemKey; context: BodyContext }) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  switch (item.type) {
    case 'display':
      return <p className={styles.display}>{item.text}</p>
    case 'group':
      return item.repetition === null ? (
        <Group item={item} context={context} />
      ) : (
        <Repetition item={item} context={context} />
      )
    default:
      return (
        <Question item={item} context={context}>
          {item.children.length > 0 && <Children item={item} context={context} />}
        </Question>
      )
  }
}, sameItem)

/** The context is built anew by the body at every edit; only what it says counts. */
function sameItem(
  before: { itemKey: ItemKey; context: BodyContext },
  after: { itemKey: ItemKey; context: BodyContext },
): boolean {
  const [one, other] = [before.context, after.context]
  return (
    before.itemKey === after.itemKey &&
    one.wide === other.wide &&
    one.frozen === other.frozen &&
    one.caseKey.caseId === other.caseKey.caseId &&
    one.only === other.only
  )
}

function Group({ item, context }: { item: ItemView; context: BodyContext }) {
  const headingId = `${itemDomId(item.key)}-heading`
  return (
    <section
      id={itemDomId(item.key)}
      tabIndex={-1}
      className={styles.group}
      aria-labelledby={item.text === '' ? undefined : headingId}
    >
      {item.text !== '' && (
        <h3 id={headingId} className={styles.groupHeading}>
          {item.text}
        </h3>
      )}
      <Hints item={item} />
      <Children item={item} context={context} />
    </section>
  )
}

/** One repetition as a card; the last one offers another. */
function Repetition({ item, context }: { item: ItemView; context: BodyContext }) {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  const place = item.repetition
  if (place === null) return null
  const title = say('form.repetition.title', { name: item.text, number: place.index + 1 })
  const last = place.index === place.count - 1
  return (
    <Fragment>
      <section id={itemDomId(item.key)} tabIndex={-1} className={styles.repetition} aria-label={title}>
        <header className={styles.repetitionHead}>
          <h3>{title}</h3>
          {place.mayRemove && !context.frozen && (
            <Button
              look="quiet"
              slim
              icon="trash"
              aria-label={say('form.repetition.removeNamed', { title })}
              onClick={() => {
                store.edit((state, edit) => removeRepetition(state, item.key, edit))
                announce(say('form.repetition.removed', { title }))
              }}
            >
              {say('form.repetition.remove')}
            </Button>
          )}
        </header>
        <Children item={item} context={context} />
      </section>
      {last && place.mayAdd && !context.frozen && (
        <p className={cx(styles.repetitionAdd)}>
          <Button
            slim
            icon="plus"
            onClick={() => {
              store.edit((state, edit) => addRepetition(state, item.key, edit))
              announce(say('form.repetition.added', { name: item.text }))
            }}
          >
            {say('form.repetition.add', { name: item.text })}
          </Button>
        </p>
      )}
    </Fragment>
  )
}

function Hints({ item }: { item: ItemView }) {
  return item.hints.map((hint) => (
    <p key={hint} className={styles.hint}>
      {hint}
    </p>
  ))
}
