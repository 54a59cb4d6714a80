/** The form's items as the engine orders them: sections as panels, groups, repetitions, questions. Nothing is windowed away. */
import { memo, useCallback, useMemo } from 'react'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import type { Usage } from '#domain/dtr/item/usage-mode.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { itemDomId } from './active-item.ts'
import { isDrawn, type BodyContext, type ItemProps, type Shown } from './body-context.ts'
import styles from './body.module.css'
import { useFormStore, useFormValue, useItem } from './form-store.ts'
import { Blocks, GroupContent, GroupHints, Item } from './items.tsx'
import { Later } from './mount-queue.tsx'
import { ItemText } from './question-words.tsx'
import { Repetition } from './repetition.tsx'
import { firstScreen, questionsIn, rootsInPlace, type KeptNeeds } from './shown-items.ts'

interface FormBodyProps {
  readonly caseKey: CaseKey
  readonly shown: Shown
  readonly kept: KeptNeeds
  readonly wide: boolean
  readonly frozen: boolean
  readonly usage: Usage
  readonly onShowAll: () => void
}

export const FormBody = memo(function FormBody({
  caseKey,
  shown,
  kept,
  wide,
  frozen,
  usage,
  onShowAll,
}: FormBodyProps) {
  const store = useFormStore()
  const roots = useFormValue(rootsInPlace, (before, after) => before.join() === after.join())
  const only = useFormValue(useCallback((state) => (shown === 'needs' ? kept.keysOf(state) : null), [shown, kept]))
  // What comes later under the same view is drawn when it comes: only the first screen is counted off.
  const early = useMemo(
    () =>
      firstScreen(store.read(), shown === 'needs' ? kept.keysOf(store.read()) : null, questionsIn(window.innerHeight)),
    [store, shown, kept],
  )
  const context: BodyContext = useMemo(
    () => ({ caseKey, only, early, wide, frozen, usage }),
    [caseKey, only, early, wide, frozen, usage],
  )
  if (only !== null && only.size === 0) return <NothingLeft onShowAll={onShowAll} />
  return (
    <div className={styles.body}>
      <Blocks keys={roots} context={context} draw={(key) => <Section key={key} itemKey={key} context={context} />} />
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
    <section id={itemDomId(item.key)} tabIndex={-1} className={styles.sectionBlock} aria-labelledby={headingId}>
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
