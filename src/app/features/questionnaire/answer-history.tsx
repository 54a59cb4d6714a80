/** Who changed an answer, when, and from which value to which, as the server has kept it. Read when somebody asks. */
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { FormHistory } from '#domain/contract/form.ts'
import type { Answer, ItemView } from '#domain/dtr/form/form-state.ts'
import { historyQuery } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import text from '../../ui/text.module.css'
import { describeAnswers } from './describe-answer.ts'
import styles from './evidence.module.css'
import { useFormKey } from './form-key.ts'

/** Mount it under the item's key: another question's history is closed again. */
export function AnswerHistory({ item }: { item: ItemView }) {
  const [open, setOpen] = useState(false)
  return (
    <div className={styles.history}>
      <HistoryButton item={item} open={open} onToggle={() => setOpen(!open)} />
      {open && <Changes item={item} />}
    </div>
  )
}

/** For where its changes stand elsewhere than under it. */
export function HistoryButton({ item, open, onToggle }: { item: ItemView; open: boolean; onToggle: () => void }) {
  const say = useSay()
  return (
    <Button
      look="quiet"
      slim
      icon="clock"
      aria-expanded={open}
      aria-label={say('form.history.showNamed', { question: item.text })}
      onClick={onToggle}
    >
      {say('form.history.show')}
    </Button>
  )
}

export function Changes({ item }: { item: ItemView }) {
  const say = useSay()
  const { data, error, isFetching } = useQuery(historyQuery(useFormKey()))
  if (error !== null) return <FailureNotice failure={error} />
  if (data === undefined || isFetching) return <p className={cx(text.faint, text.small)}>{say('evidence.reading')}</p>
  const own = data.changes.filter(({ itemKey }) => itemKey === item.key)
  if (own.length === 0) return <p className={cx(text.muted, text.small)}>{say('form.history.none')}</p>
  return (
    <ol className={styles.changes}>
      {own.map((change, index) => (
        <Change key={index} change={change} />
      ))}
    </ol>
  )
}

function Change({ change }: { change: FormHistory['changes'][number] }) {
  const say = useSay()
  const formats = useFormats()
  const value = (answers: readonly unknown[]): string =>
    answers.length === 0 ? say('form.decide.nothing') : describeAnswers(answers as Answer[], formats, say)
  return (
    <li>
      <p>{say('form.history.change', { from: value(change.from), to: value(change.to) })}</p>
      <p className={cx(text.muted, text.small)}>
        {[say(`form.history.cause.${change.cause}`), change.by, formats.dateTime(change.at)]
          .filter((part) => part !== null)
          .join(' · ')}
      </p>
    </li>
  )
}
