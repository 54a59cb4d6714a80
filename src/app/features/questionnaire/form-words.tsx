/** What the payer's form says of itself as a whole, in plain words: what is odd about it, who is to answer it, in which order. */
import type { FormIssue, FormState } from '#domain/dtr/form/form-state.ts'
import { useFormats } from '../../i18n/format.ts'
import { useHasSentence, useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Notice } from '../../ui/notice.tsx'
import styles from './form-head.module.css'
import { useFormStore, useFormValue } from './form-store.ts'

const formIssues = (state: FormState): readonly FormIssue[] => state.formIssues

/**
 * @param barred the form asks for somebody else than the person at the screen
 * @param ended who completed the form, where it takes no answer any more
 */
export function FormWords({ barred, ended }: { barred: boolean; ended: 'here' | 'by-payer' | null }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const performers = usePerformers()
  const told = useFormValue(formIssues)
  const { facts } = useFormStore().read().model
  const faults = told.filter(({ kind }) => kind === 'engine' || kind === 'constraint')
  const isOrdered = facts.entryMode === 'sequential'
  if (faults.length === 0 && !barred && !isOrdered && ended === null) return null
  return (
    <div className={styles.formWords}>
      {faults.map(({ message, severity }, index) => (
        <Notice key={index} tone={severity === 'error' ? 'stop' : 'wait'}>
          {sayMessage(message)}
        </Notice>
      ))}
      {barred && <Notice tone="wait">{say('form.performer.barred', { types: performers ?? '' })}</Notice>}
      {isOrdered && <Notice tone="open">{say('form.sequential')}</Notice>}
      {ended !== null && <Notice tone="open">{say(ended === 'here' ? 'form.frozen' : 'form.frozenByPayer')}</Notice>}
    </div>
  )
}

/** Who is to answer the form, as a list of words; null where it does not say. */
export function usePerformers(): string | null {
  const say = useSay()
  const has = useHasSentence()
  const formats = useFormats()
  const { performerTypes } = useFormStore().read().model.facts
  if (performerTypes.length === 0) return null
  return formats.list(performerTypes.map((type) => (has(`fhir.type.${type}`) ? say(`fhir.type.${type}`) : type)))
}
