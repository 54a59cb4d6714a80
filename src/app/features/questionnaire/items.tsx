/** What stands inside a section: questions, groups in the shape that the form asks for, repetitions. */
import { memo, type ReactNode } from 'react'
import type { FormState, ItemView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import { StyledText } from '../../ui/styled-text.tsx'
import { itemDomId } from './active-item.ts'
import { isDrawn, type BodyContext, type ItemProps } from './body-context.ts'
import styles from './body.module.css'
import { Collapsible } from './collapsible.tsx'
import { useFormStore, useItem } from './form-store.ts'
import { GroupTable } from './group-table.tsx'
import { Later } from './mount-queue.tsx'
import { OptionTable } from './option-table.tsx'
import { Question } from './question.tsx'
import { ItemText } from './question-words.tsx'
import { Repetition } from './repetition.tsx'
import { Tabs } from './tabs.tsx'

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
    const item = state.items.get(key)
    const table = item?.repetition !== null && item?.facts.controls.includes('gtable') === true
    const last = blocks.at(-1)
    const same = last !== undefined && table && state.items.get(last.keys[0] ?? '')?.linkId === item.linkId
    if (last !== undefined && (same || (!table && !last.table))) last.keys.push(key)
    else blocks.push({ table, keys: [key] })
  }
  return blocks
}

/** So many questions are drawn in one piece. */
const PIECE = 10

function Children({ item, context }: { item: ItemView; context: BodyContext }) {
  const { children } = item
  const draw = (key: ItemKey): ReactNode => <Item key={key} itemKey={key} context={context} />
  if (children.length <= PIECE) return <Blocks keys={children} context={context} draw={draw} />
  const pieces = Array.from({ length: Math.ceil(children.length / PIECE) }, (_, index) =>
    children.slice(index * PIECE, (index + 1) * PIECE),
  )
  return pieces.map((keys) => (
    <Later key={keys[0]} early={keys.some((key) => context.early.has(key))} rows={keys.length}>
      {() => <Blocks keys={keys} context={context} draw={draw} />}
    </Later>
  ))
}

export const Item = memo(function Item({ itemKey, context }: ItemProps) {
  const item = useItem(itemKey)
  if (!isDrawn(item, context)) return null
  switch (item.type) {
    case 'display':
      return (
        <div data-block className={styles.display} data-category={item.facts.displayCategory ?? undefined}>
          <ItemText item={item} />
        </div>
      )
    case 'group':
      return item.repetition === null ? (
        <Group item={item} context={context} />
      ) : (
        <Repetition item={item} frozen={context.frozen}>
          <GroupContent item={item} context={context} />
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
  const plain = (): ReactNode => <Children item={item} context={context} />
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

export function GroupHints({ item }: { item: ItemView }) {
  const { none, inline, prompt, legal, help, flyover } = item.facts.labels
  const hints = [...none, ...inline, ...prompt, ...help, ...flyover, ...legal]
  return hints.map((words, index) => (
    <div key={index} className={styles.hint}>
      <StyledText words={words} />
    </div>
  ))
}
