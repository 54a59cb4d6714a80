/** What stands inside a section: questions, groups in the shape that the form asks for, repetitions. */
import { memo, type ReactNode } from 'react'
import type { FormState, ItemView } from '#domain/dtr/form/form-state.ts'
import { isLeftOut } from '#domain/dtr/item/item-facts.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { StyledText } from '../../ui/styled-text.tsx'
import { itemDomId } from './active-item.ts'
import { isDrawn, type BodyContext, type ItemProps } from './body-context.ts'
import styles from './body.module.css'
import { Collapsible } from './collapsible.tsx'
import { useFormStore, useItem } from './form-store.ts'
import { GroupTable } from './group-table.tsx'
import { Later } from './mount-queue.tsx'
import { OptionTable } from './option-table.tsx'
import { LookedFor } from './origin-row.tsx'
import { Faults, Question, shownFaults } from './question.tsx'
import { ItemText } from './question-words.tsx'
import { Repetition } from './repetition.tsx'
import { Tabs } from './tabs.tsx'
import { UnderAnswers } from './under-answers.tsx'

/** Items under one another; the repetitions of a group table make one table. */
export function Blocks({
  keys,
  context,
  draw,
}: {
  keys: readonly ItemKey[]
  context: BodyContext
  draw: (key: ItemKey) => ReactNode
}) {
  const state = useFormStore().read()
  return blocksOf(keys, state).map((block) =>
    block.table ? (
      <GroupTable
        key={block.keys[0]}
        rows={block.keys}
        context={context}
        stacked={() => block.keys.map((key) => draw(key))}
      />
    ) : (
      block.keys.map((key) => draw(key))
    ),
  )
}

interface Block {
  readonly table: boolean
  readonly keys: ItemKey[]
}

/** What an item is drawn as never changes, so it is read without listening. */
function blocksOf(keys: readonly ItemKey[], state: FormState): Block[] {
  const blocks: Block[] = []
  for (const key of keys) {
    const table = isTableRow(key, state)
    const last = blocks.at(-1)
    const same = last !== undefined && continuesTable(last.keys[0], key, state)
    if (last !== undefined && (same || (!table && !last.table))) last.keys.push(key)
    else blocks.push({ table, keys: [key] })
  }
  return blocks
}

function isTableRow(key: ItemKey, state: FormState): boolean {
  const item = state.items.get(key)
  return item?.repetition !== null && item?.facts.controls.includes('gtable') === true
}

/** Whether this is one more row of the table that the item before it stands in. */
const continuesTable = (before: ItemKey | undefined, key: ItemKey | undefined, state: FormState): boolean =>
  before !== undefined &&
  key !== undefined &&
  isTableRow(key, state) &&
  state.items.get(before)?.linkId === state.items.get(key)?.linkId

/** So many questions are drawn in one piece. */
const PIECE = 10

/** What the first screen holds of them comes at once, the rest in pieces. */
function Children({ keys: children, context }: { keys: readonly ItemKey[]; context: BodyContext }) {
  const state = useFormStore().read()
  const draw = (key: ItemKey): ReactNode => <Item key={key} itemKey={key} context={context} />
  const early = children.findLastIndex((key) => context.early.has(key)) + 1
  if (early === 0 && children.length <= PIECE) return <Blocks keys={children} context={context} draw={draw} />
  return piecesOf(children, early, state).map((keys, index) => (
    <Later key={keys[0]} early={index === 0 && early > 0} rows={keys.length}>
      {() => <Blocks keys={keys} context={context} draw={draw} />}
    </Later>
  ))
}

/** The first `early` keys, then piece by piece; a table stays whole. */
function piecesOf(keys: readonly ItemKey[], early: number, state: FormState): ItemKey[][] {
  const pieces: ItemKey[][] = []
  for (let at = 0; at < keys.length; at += pieces.at(-1)?.length ?? 0) {
    let end = at + (at === 0 && early > 0 ? early : PIECE)
    while (continuesTable(keys[end - 1], keys[end], state)) end += 1
    pieces.push(keys.slice(at, end))
  }
  return pieces
}

export const Item = memo(function Item({ itemKey, context }: ItemProps) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  switch (item.type) {
    case 'display':
      return isLeftOut(item.facts, context.wide ? 'ample' : 'small') ? null : (
        <div data-block className={styles.display} data-category={item.facts.displayCategory ?? undefined}>
          <ItemText item={item} />
        </div>
      )
    case 'group':
      return item.repetition === null ? (
        <Group item={item} context={context} />
      ) : (
        <Repetition item={item} frozen={context.frozen}>
          <GroupHints item={item} />
          <GroupContent item={item} context={context} />
        </Repetition>
      )
    default:
      return (
        <Question item={item} context={context}>
          {item.children.length > 0 && (
            <UnderAnswers item={item} draw={(keys) => <Children keys={keys} context={context} />} />
          )}
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
          <ItemText item={item} />
        </h3>
      )}
      <GroupHints item={item} />
      <GroupContent item={item} context={context} />
    </section>
  )
}

/** A group's questions in the shape that its item control names; one under another where it names none. */
export function GroupContent({ item, context }: { item: ItemView; context: BodyContext }) {
  const { controls, collapsible } = item.facts
  const plain = (): ReactNode => <Children keys={item.children} context={context} />
  const shape = (): ReactNode => {
    if (controls.includes('tab-container'))
      return <Tabs item={item} context={context} draw={(key) => <Item key={key} itemKey={key} context={context} />} />
    if (controls.includes('grid')) return <GroupTable rows={item.children} context={context} stacked={plain} />
    if (controls.includes('htable') || controls.includes('table'))
      return <OptionTable item={item} context={context} upright={controls.includes('table')} stacked={plain} />
    return plain()
  }
  if (collapsible === null) return shape()
  return (
    <Collapsible item={item} open={collapsible === 'default-open'}>
      {shape()}
    </Collapsible>
  )
}

/** What the form says of a group, and what is wrong with it as a whole. */
export function GroupHints({ item }: { item: ItemView }) {
  const { none, inline, prompt, legal, help, flyover } = item.facts.labels
  const hints = [...none, ...inline, ...prompt, ...help, ...flyover, ...legal]
  const faults = shownFaults(item)
  const failed = item.lookup?.status === 'failed' ? item.lookup : null
  return (
    <>
      {hints.map((words, index) => (
        <div key={index} className={styles.hint}>
          <StyledText words={words} />
        </div>
      ))}
      <div className={faults.length === 0 ? undefined : styles.hint}>
        <Faults id={`${itemDomId(item.key)}-faults`} faults={faults} />
      </div>
      {failed !== null && (
        <div className={styles.hint}>
          <LookedFor lookup={failed} />
        </div>
      )}
    </>
  )
}
