/** What the chart has to say while one works on a question: values to look at, and answers to pick from. */
import { isSameAnswer } from '#domain/dtr/item/answer-value.ts'
import { answer } from '#domain/dtr/form/form-edit.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Facts } from '../../ui/facts.tsx'
import styles from './beside.module.css'
import { useFormStore } from './form-store.ts'

export function ContextRows({ item }: { item: ItemView }) {
  const say = useSay()
  if (item.contextRows.length === 0) return null
  return (
    <section className={styles.context} aria-label={say('form.context.title', { question: item.text })}>
      <Facts
        facts={item.contextRows.map(({ label, values }) => ({
          label,
          value: values.length === 0 ? say('form.context.none') : values.map((value) => value.text).join(', '),
        }))}
      />
    </section>
  )
}

/** Attachments and references list theirs among what they offer. */
export function Candidates({ item, readOnly }: { item: ItemView; readOnly: boolean }) {
  const say = useSay()
  const store = useFormStore()
  const shown = item.candidates.filter(({ answer: own }) => !item.answers.some((given) => isSameAnswer(given, own)))
  if (readOnly || shown.length === 0 || item.type === 'attachment' || item.type === 'reference') return null
  return (
    <div className={styles.candidates}>
      <p className={styles.candidatesTitle}>{say('form.candidates')}</p>
      <ul className={styles.chips}>
        {shown.map((candidate) => (
          <li key={candidate.id}>
            <button
              type="button"
              className={styles.chip}
              aria-label={say('form.useNamed', { value: candidate.label, question: item.text })}
              onClick={() =>
                store.edit((state, edit) =>
                  answer(
                    state,
                    item.key,
                    item.repeats ? [...item.answers, candidate.answer] : [candidate.answer],
                    edit,
                  ),
                )
              }
            >
              {candidate.label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
