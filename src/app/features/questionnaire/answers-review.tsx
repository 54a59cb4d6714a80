/**
 * All answers on one page, to be read through: first what needs a person, then the rest by where it came from, then what is
 * sent without being asked on the screen.
 */
import { useMemo, useState } from 'react'
import { listDisclosures } from '#domain/dtr/form/completion.ts'
import { nameItem } from '#domain/dtr/form/item-name.ts'
import { isShownQuestion, listItems, type FormState, type ItemView } from '#domain/dtr/form/form-state.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { OriginTag, originLook, type OriginLook } from '../../components/origin-tag.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Tag } from '../../ui/tag.tsx'
import { describeAnswers } from './describe-answer.ts'
import { useFormValue } from './form-store.ts'
import styles from './review.module.css'

type Filter = OriginLook | 'every' | 'empty'

const LOOKS: readonly OriginLook[] = ['chart', 'computed', 'payer', 'edited', 'entered']
const sortOf = (item: ItemView): Filter =>
  item.answers.length === 0 ? 'empty' : item.origin === null ? 'entered' : originLook(item.origin)

const wholeForm = (state: FormState): FormState => state

export function AnswersReview({ onGo }: { onGo: (key: ItemKey) => void }) {
  const say = useSay()
  const [filter, setFilter] = useState<Filter>('every')
  const state = useFormValue(wholeForm)
  const { needing, rest, unseen } = useMemo(() => sortItems(state), [state])
  const sorts = ['every' as const, ...LOOKS, 'empty' as const].filter(
    (name) => name === 'every' || rest.some((item) => sortOf(item) === name),
  )
  const shown = rest.filter((item) => filter === 'every' || sortOf(item) === filter)
  return (
    <div className={styles.review}>
      {needing.length > 0 && (
        <Panel labelledBy="review-needs">
          <PanelHeader>
            <h2 id="review-needs">{say('form.title.left', { count: needing.length })}</h2>
          </PanelHeader>
          <ul>
            {needing.map((item) => (
              <Needing key={item.key} item={item} name={nameItem(item, state.items)} onGo={onGo} />
            ))}
          </ul>
        </Panel>
      )}
      <Panel labelledBy="review-rest">
        <PanelHeader
          aside={
            <Segmented
              label={say('form.overview.filter')}
              value={filter}
              onChange={setFilter}
              options={sorts.map((name) => ({
                value: name,
                label: say('form.overview.count', {
                  name: say(name === 'every' || name === 'empty' ? `form.overview.${name}` : `origin.${name}`),
                  count: name === 'every' ? rest.length : rest.filter((item) => sortOf(item) === name).length,
                }),
              }))}
            />
          }
        >
          <h2 id="review-rest">{say('form.overview.rest')}</h2>
        </PanelHeader>
        <Rows items={shown} state={state} onGo={onGo} />
      </Panel>
      {unseen.length > 0 && (
        <Panel as="div">
          <div className={styles.unseen}>
            <Disclosure summary={say('form.overview.unseen', { count: unseen.length })}>
              <p className={styles.note}>{say('form.overview.unseenText')}</p>
              <Rows items={unseen} state={state} onGo={null} />
            </Disclosure>
          </div>
        </Panel>
      )}
    </div>
  )
}

/** Hidden and read-only answers are sent, too: the person who signs has to be able to see them. */
function sortItems(state: FormState): { needing: ItemView[]; rest: ItemView[]; unseen: ItemView[] } {
  const all = listItems(state)
  const shown = all.filter((item) => isShownQuestion(item))
  return {
    needing: all.filter(({ needs }) => needs !== null),
    rest: shown.filter(({ needs }) => needs === null),
    unseen: listDisclosures(state).map(({ item }) => item),
  }
}

function Needing({ item, name, onGo }: { item: ItemView; name: string; onGo: (key: ItemKey) => void }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const [fault] = item.issues
  return (
    <li className={styles.needing}>
      <button type="button" className={styles.go} onClick={() => onGo(item.key)}>
        {name}
      </button>
      <Tag tone={item.needs === 'correction' ? 'stop' : 'wait'} icon="bang">
        {say(`form.overview.needs.${item.needs ?? 'answer'}`)}
      </Tag>
      {fault !== undefined && item.needs === 'correction' && (
        <span className={styles.note}>{sayMessage(fault.message)}</span>
      )}
    </li>
  )
}

interface RowsProps {
  readonly items: readonly ItemView[]
  readonly state: FormState
  readonly onGo: ((key: ItemKey) => void) | null
}

function Rows({ items, state, onGo }: RowsProps) {
  const say = useSay()
  const formats = useFormats()
  return (
    <ul>
      {items.map((item) => (
        <li key={item.key} className={styles.row}>
          <span className={styles.question}>{nameItem(item, state.items)}</span>
          <span className={styles.answer}>
            {item.answers.length === 0 ? (
              <em className={styles.note}>{say('form.decide.nothing')}</em>
            ) : (
              describeAnswers(item.answers, formats, say)
            )}
          </span>
          <span className={styles.origin}>
            {item.answers.length > 0 && item.origin !== null && <OriginTag look={originLook(item.origin)} />}
            {item.origin?.evidence[0] !== undefined && (
              <span className={styles.note}>{item.origin.evidence[0].label}</span>
            )}
          </span>
          {onGo !== null && (
            <Button
              look="quiet"
              slim
              aria-label={say('form.overview.goNamed', { question: nameItem(item, state.items) })}
              onClick={() => onGo(item.key)}
            >
              {say('form.overview.go')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
