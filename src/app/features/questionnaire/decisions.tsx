/** Two values for one question, and a person who decides: computed anew on reopening, or changed by two people. */
import type { Difference, ItemConflict } from '#domain/contract/form.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { Answer } from '#domain/dtr/form/form-state.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import styles from './decisions.module.css'
import { describeAnswers } from './describe-answer.ts'
import type { FormSaver } from './form-saver.ts'
import { useFormStore } from './form-store.ts'
import { useFormAction } from './use-form-action.ts'
import { useValue, type ValueStore } from './value-store.ts'

/** Nothing changes before each is decided (DTR; SDC: a filled answer is not replaced without approval). */
export function Differences({ differences, saver }: { differences: readonly Difference[]; saver: FormSaver }) {
  const say = useSay()
  const decide = useFormAction<{ decisions: Record<string, 'keep' | 'take'> }>(saver, 'differences')
  if (differences.length === 0) return null
  const all = (choice: 'keep' | 'take') =>
    decide.mutate({ decisions: Object.fromEntries(differences.map(({ itemKey }) => [itemKey, choice])) })
  return (
    <Panel labelledBy="form-differences">
      <PanelHeader
        aside={
          differences.length > 1 && (
            <Button slim busy={decide.isPending} onClick={() => all('take')}>
              {say('form.differences.takeAll')}
            </Button>
          )
        }
      >
        <h2 id="form-differences">{say('form.differences.title', { count: differences.length })}</h2>
      </PanelHeader>
      <FailureNotice failure={decide.error} />
      <ul className={styles.list}>
        {differences.map((difference) => (
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
            onFirst={() => decide.mutate({ decisions: { [difference.itemKey]: 'keep' } })}
            onSecond={() => decide.mutate({ decisions: { [difference.itemKey]: 'take' } })}
          />
        ))}
      </ul>
    </Panel>
  )
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
