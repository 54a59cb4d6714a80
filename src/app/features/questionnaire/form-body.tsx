/** The form's items as the engine orders them: sections as panels, groups, repetitions, questions. Nothing is windowed away. */
import { memo, useCallback, useMemo } from 'react'
import type { FormState, ItemView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { itemDomId } from './active-item.ts'
import { isDrawn, type BodyContext, type ItemProps, type Shown } from './body-context.ts'
import styles from './body.module.css'
import { useFormStore, useFormValue, useItem } from './form-store.ts'
import { Blocks, GroupContent, GroupHints, Item } from './items.tsx'
import { Later, roomFor } from './mount-queue.tsx'
import { ItemText } from './question-words.tsx'
import { Repetition } from './repetition.tsx'
import { firstScreen, type KeptNeeds } from './shown-items.ts'

interface FormBodyProps {
  readonly caseKey: CaseKey
  readonly shown: Shown
  readonly kept: KeptNeeds
  readonly wide: boolean
  readonly frozen: boolean
  readonly onShowAll: () => void
}

export const FormBody = memo(function FormBody({ caseKey, shown, kept, wide, frozen, onShowAll }: FormBodyProps) {
  const store = useFormStore()
  const roots = useFormValue(rootsInPlace, (before, after) => before.join() === after.join())
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
      <Blocks keys={roots} context={context} draw={(key) => <Section key={key} itemKey={key} context={context} />} />
    </div>
  )
})

/** A header comes first and a footer last, wherever the form has them. */
function rootsInPlace(state: FormState): readonly ItemKey[] {
  const place = (key: ItemKey): number => {
    const controls = state.items.get(key)?.facts.controls ?? []
    return controls.includes('header') ? -1 : controls.includes('footer') ? 1 : 0
  }
  return state.roots.every((key) => place(key) === 0)
    ? state.roots
    : [...state.roots].sort((one, other) => place(one) - place(other))
}

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
        <ItemText item={item} />
      </h2>
      <GroupHints item={item} />
      <div className={styles.panel}>
        {item.repetition === null ? (
          <GroupContent item={item} context={context} />
        ) : (
          <Repetition item={item} frozen={context.frozen}>
            <GroupContent item={item} context={context} />
          </Repetition>
        )}
      </div>
    </section>
  )
}
