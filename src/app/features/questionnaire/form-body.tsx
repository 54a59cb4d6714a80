/** The form's items as the engine orders them: sections as panels, groups, repetitions, questions. Nothing is windowed away. */
import { memo, useCallback, useMemo } from 'react'
import type { FormState, ItemView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { itemDomId } from './active-item.ts'
import styles from './body.module.css'
import { useFormStore, useFormValue, useItem } from './form-store.ts'
import { Later, roomFor } from './mount-queue.tsx'
import { Question } from './question.tsx'
import { Repetition } from './repetition.tsx'
import { firstScreen, type KeptNeeds } from './shown-items.ts'

export type Shown = 'needs' | 'all'

/** What every level needs and none changes. */
export interface BodyContext {
  readonly caseKey: CaseKey
  /** Keys to draw, or null for all. */
  readonly only: ReadonlySet<ItemKey> | null
  /** Keys of the first screen: all else is drawn behind it. */
  readonly early: ReadonlySet<ItemKey>
  readonly wide: boolean
  readonly frozen: boolean
}

interface FormBodyProps {
  readonly caseKey: CaseKey
  readonly shown: Shown
  readonly kept: KeptNeeds
  readonly wide: boolean
  readonly frozen: boolean
  readonly onShowAll: () => void
}

const readRoots = (state: FormState): readonly ItemKey[] => state.roots

export const FormBody = memo(function FormBody({ caseKey, shown, kept, wide, frozen, onShowAll }: FormBodyProps) {
  const store = useFormStore()
  const roots = useFormValue(readRoots)
  const only = useFormValue(useCallback((state) => (shown === 'needs' ? kept.keysOf(state) : null), [shown, kept]))
  // What comes later under the same view is drawn when it comes: only the first screen is counted off.
  const early = useMemo(
    () => firstScreen(store.read(), shown === 'needs' ? kept.keysOf(store.read()) : null),
    [store, shown, kept],
  )
  const context: BodyContext = useMemo(
    () => ({ caseKey, only, early, wide, frozen }),
    [caseKey, only, early, wide, frozen],
  )
  if (only !== null && only.size === 0) return <NothingLeft onShowAll={onShowAll} />
  return (
    <div className={styles.body}>
      {roots.map((key) => (
        <Section key={key} itemKey={key} context={context} />
      ))}
    </div>
  )
})

function NothingLeft({ onShowAll }: { onShowAll: () => void }) {
  const say = useSay()
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
}

function isDrawn(item: ItemView | undefined, context: BodyContext): item is ItemView {
  return item !== undefined && item.enabled && !item.hidden && (context.only === null || context.only.has(item.key))
}

interface ItemProps {
  readonly itemKey: ItemKey
  readonly context: BodyContext
}

/** An outermost item. A group is a panel with a heading; a question without a group gets a panel of its own. */
const Section = memo(function Section({ itemKey, context }: ItemProps) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  return (
    <Later early={context.early.has(itemKey)} rows={Math.max(1, item.children.length)}>
      {() => <SectionContent item={item} context={context} />}
    </Later>
  )
})

function SectionContent({ item, context }: { item: ItemView; context: BodyContext }) {
  if (item.type !== 'group')
    return (
      <div className={styles.panel}>
        <Item itemKey={item.key} context={context} />
      </div>
    )
  const headingId = `${itemDomId(item.key)}-heading`
  return (
    <section
      id={itemDomId(item.key)}
      tabIndex={-1}
      className={styles.sectionBlock}
      style={{ containIntrinsicBlockSize: `auto ${String(roomFor(item.children.length))}px` }}
      aria-labelledby={headingId}
    >
      <h2 id={headingId} className={styles.sectionHeading}>
        {item.prefix !== null && `${item.prefix} `}
        {item.text}
      </h2>
      <Hints item={item} />
      <div className={styles.panel}>
        {item.repetition === null ? (
          <Children item={item} context={context} />
        ) : (
          <Repetition item={item} frozen={context.frozen}>
            <Children item={item} context={context} />
          </Repetition>
        )}
      </div>
    </section>
  )
}

/** So many questions are drawn in one piece. */
const PIECE = 10

function Children({ item, context }: { item: ItemView; context: BodyContext }) {
  const { children } = item
  if (children.length <= PIECE) return children.map((key) => <Item key={key} itemKey={key} context={context} />)
  const pieces = Array.from({ length: Math.ceil(children.length / PIECE) }, (_, index) =>
    children.slice(index * PIECE, (index + 1) * PIECE),
  )
  return pieces.map((keys) => (
    <Later key={keys[0]} early={keys.some((key) => context.early.has(key))} rows={keys.length}>
      {() => keys.map((key) => <Item key={key} itemKey={key} context={context} />)}
    </Later>
  ))
}

const Item = memo(function Item({ itemKey, context }: ItemProps) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  switch (item.type) {
    case 'display':
      return (
        <p data-block className={styles.display}>
          {item.text}
        </p>
      )
    case 'group':
      return item.repetition === null ? (
        <Group item={item} context={context} />
      ) : (
        <Repetition item={item} frozen={context.frozen}>
          <Children item={item} context={context} />
        </Repetition>
      )
    default:
      return (
        <Question item={item} context={context}>
          {item.children.length > 0 && <Children item={item} context={context} />}
        </Question>
      )
  }
})

function Group({ item, context }: { item: ItemView; context: BodyContext }) {
  const headingId = `${itemDomId(item.key)}-heading`
  return (
    <section
      id={itemDomId(item.key)}
      tabIndex={-1}
      data-block
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

function Hints({ item }: { item: ItemView }) {
  return item.hints.map((hint) => (
    <p key={hint} className={styles.hint}>
      {hint}
    </p>
  ))
}
