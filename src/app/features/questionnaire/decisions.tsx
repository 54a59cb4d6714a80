/** Two values for one question, and a person who decides: computed anew on reopening, or changed by two people. */
import { useCallback, useEffect, useRef } from 'react'
import { useMutation } from '@tanstack/react-query'
import type { Difference, FormView, ItemConflict } from '#domain/contract/form.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Answer, FormState } from '#domain/dtr/form/form-state.ts'
import { areSameAnswers } from '#domain/dtr/item/answer-value.ts'
import { post } from '../../api/http.ts'
import { formPath } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { itemDomId } from './active-item.ts'
import styles from './decisions.module.css'
import { describeAnswers } from './describe-answer.ts'
import { useFormKey } from './form-key.ts'
import { useFormStore, useFormValue } from './form-store.ts'
import type { OpenForm } from './use-open-form.ts'
import { useValue, type ValueStore } from './value-store.ts'

/**
 * Nothing changes before each is decided (DTR; SDC: a filled answer is not replaced without approval). A question that was
 * answered anew meanwhile asks no more. The panel may come while somebody works: it is announced and takes no focus.
 */
export function Differences({ differences, form }: { differences: readonly Difference[]; form: OpenForm }) {
  const say = useSay()
  const announce = useAnnounce()
  const select = useCallback((state: FormState) => differences.filter((one) => isOpen(state, one)), [differences])
  const open = useFormValue(select, isSameList)
  const title = useRef<HTMLHeadingElement>(null)
  const decide = useDecisions(form)
  const told = useRef(open.length)
  const count = open.length
  useEffect(() => {
    if (count > told.current) announce(say('form.differences.title', { count }))
    told.current = count
  }, [count, announce, say])
  if (count === 0) return null
  /** The buttons that were used go away: the focus goes to what is left to decide, else to the question. */
  const choose = (chosen: readonly Difference[], choice: 'keep' | 'take'): void => {
    const decisions = Object.fromEntries(chosen.map(({ itemKey }) => [itemKey, choice]))
    const last = chosen.at(-1)?.itemKey ?? ''
    const isLast = chosen.length === count
    decide.mutate({
      decisions,
      after: () => (isLast ? document.getElementById(itemDomId(last)) : title.current)?.focus(),
    })
  }
  return (
    <Panel labelledBy="form-differences">
      <PanelHeader
        aside={
          count > 1 && (
            <Button slim busy={decide.isPending} onClick={() => choose(open, 'take')}>
              {say('form.differences.takeAll')}
            </Button>
          )
        }
      >
        <h2 id="form-differences" ref={title} tabIndex={-1}>
          {say('form.differences.title', { count })}
        </h2>
      </PanelHeader>
      <FailureNotice failure={decide.error} />
      <ul className={styles.list}>
        {open.map((difference) => (
          <Choice
            key={difference.itemKey}
            itemKey={difference.itemKey}
            first={{ label: say('form.differences.old'), answers: difference.old as Answer[] }}
            second={{
              label: say('form.differences.new'),
              answers: difference.new as Answer[],
              source: difference.origin?.evidence[0]?.label ?? null,
            }}
            busy={decide.isPending}
            onFirst={() => choose([difference], 'keep')}
            onSecond={() => choose([difference], 'take')}
          />
        ))}
      </ul>
    </Panel>
  )
}

const isOpen = (state: FormState, { itemKey, old }: Difference): boolean =>
  areSameAnswers(state.items.get(itemKey)?.answers ?? [], old as Answer[])

const isSameList = (before: readonly Difference[], after: readonly Difference[]): boolean =>
  before.length === after.length && before.every((one, index) => one === after[index])

interface Decided {
  readonly decisions: Record<string, 'keep' | 'take'>
  /** Called when the panel shows what is left. */
  readonly after: () => void
}

/** The form that comes back is taken over as it stands: the questions stay where they are, with what is typed in them. */
function useDecisions({ saver, adopt }: OpenForm) {
  const key = useFormKey()
  return useMutation({
    mutationFn: async ({ decisions }: Decided) => {
      await saver.flush()
      return post<FormView>(formPath(key, '/differences'), { version: saver.version(), decisions })
    },
    onSuccess: (view, { after }) => {
      adopt(view)
      saver.adopt(view.version)
      after()
    },
  })
}

/** Theirs is what is kept now; mine is kept by giving it again. */
export function Conflicts({ conflicts }: { conflicts: ValueStore<readonly ItemConflict[]> }) {
  const say = useSay()
  const store = useFormStore()
  const open = useValue(conflicts)
  const close = (key: string): void => conflicts.set(open.filter(({ itemKey }) => itemKey !== key))
  const [first] = open
  if (first === undefined) return null
  return (
    <Panel labelledBy="form-conflicts">
      <PanelHeader>
        <h2 id="form-conflicts">{say('form.conflicts.title', { count: open.length })}</h2>
      </PanelHeader>
      <p className={styles.note}>{say('form.conflicts.text', { name: first.by ?? say('form.conflicts.somebody') })}</p>
      <ul className={styles.list}>
        {open.map((conflict) => (
          <Choice
            key={conflict.itemKey}
            itemKey={conflict.itemKey}
            first={{
              label: conflict.by ?? say('form.conflicts.somebody'),
              answers: conflict.theirs as Answer[],
            }}
            second={{ label: say('form.conflicts.mine'), answers: conflict.mine as Answer[] }}
            busy={false}
            onFirst={() => close(conflict.itemKey)}
            onSecond={() => {
              store.edit((state, edit) => answer(state, conflict.itemKey, conflict.mine as Answer[], edit))
              close(conflict.itemKey)
            }}
          />
        ))}
      </ul>
    </Panel>
  )
}

export interface Side {
  readonly label: string
  readonly answers: readonly Answer[]
  readonly source?: string | null
}

export function Choice({
  itemKey,
  first,
  second,
  chosen = null,
  busy,
  onFirst,
  onSecond,
}: {
  itemKey: string
  first: Side
  second: Side
  /** Which was chosen, where the choice stays on the screen. */
  chosen?: 'first' | 'second' | null
  busy: boolean
  onFirst: () => void
  onSecond: () => void
}) {
  const say = useSay()
  const announce = useAnnounce()
  const question = useFormStore().read().items.get(itemKey)?.text ?? itemKey
  const side = (which: Side, isChosen: boolean, onUse: () => void) => (
    <div className={styles.side}>
      <p className={styles.label}>{[which.label, which.source].filter(Boolean).join(' · ')}</p>
      <p className={styles.value}>
        <Value answers={which.answers} />
      </p>
      <Button
        slim
        busy={busy}
        icon={isChosen ? 'check' : undefined}
        aria-pressed={chosen === null ? undefined : isChosen}
        aria-label={say('form.decide.useNamed', { which: which.label, question })}
        onClick={() => {
          onUse()
          announce(say('form.decide.done', { question }))
        }}
      >
        {say(isChosen ? 'form.decide.chosen' : 'form.decide.use')}
      </Button>
    </div>
  )
  return (
    <li className={styles.choice}>
      <p className={styles.question}>{question}</p>
      <div className={styles.sides}>
        {side(first, chosen === 'first', onFirst)}
        {side(second, chosen === 'second', onSecond)}
      </div>
    </li>
  )
}

function Value({ answers }: { answers: readonly Answer[] }) {
  const say = useSay()
  const formats = useFormats()
  return answers.length === 0 ? <em>{say('form.decide.nothing')}</em> : describeAnswers(answers, formats, say)
}
