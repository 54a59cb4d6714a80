import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import styles from './form-head.module.css'
import { useFormStore } from './form-store.ts'
import { usePerformers } from './form-words.tsx'

/** What the form says of itself: how long it takes, who is to answer it, whose it is; and the way to paper or PDF. */
export function AboutForm() {
  const say = useSay()
  const performers = usePerformers()
  const { facts } = useFormStore().read().model
  const time = facts.estimatedTime?.total ?? facts.estimatedTime?.clinical ?? null
  return (
    <div className={styles.about}>
      {time !== null && <p>{say(`form.time.${time}`)}</p>}
      {performers !== null && <p>{say('form.performer.asked', { types: performers })}</p>}
      {facts.copyrightLabel !== null && <p>{facts.copyrightLabel}</p>}
      {facts.copyright !== null && <p>{facts.copyright}</p>}
      <p>
        <Button look="quiet" slim icon="doc" onClick={() => window.print()}>
          {say('form.print')}
        </Button>
      </p>
    </div>
  )
}
