import { Fragment, type ReactNode } from 'react'
import { addRepetition, removeRepetition } from '#domain/dtr/form/form-edit.ts'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Button } from '../../ui/button.tsx'
import { itemDomId } from './active-item.ts'
import styles from './body.module.css'
import { useFormStore } from './form-store.ts'

/** One repetition as a card; the last one offers another. */
export function Repetition({ item, frozen, children }: { item: ItemView; frozen: boolean; children: ReactNode }) {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  const place = item.repetition
  const closed = frozen || item.locked !== null
  if (place === null) return null
  const title = say('form.repetition.title', { name: item.text, number: place.index + 1 })
  const last = place.index === place.count - 1
  return (
    <Fragment>
      <section id={itemDomId(item.key)} tabIndex={-1} className={styles.repetition} aria-label={title}>
        <header className={styles.repetitionHead}>
          <h3>{title}</h3>
          {place.mayRemove && !closed && (
            <Button
              look="quiet"
              slim
              icon="trash"
              aria-label={say('form.repetition.removeNamed', { title })}
              onClick={() => {
                store.edit((state, edit) => removeRepetition(state, item.key, edit))
                announce(say('form.repetition.removed', { title }))
              }}
            >
              {say('form.repetition.remove')}
            </Button>
          )}
        </header>
        {children}
      </section>
      {last && place.mayAdd && !closed && (
        <p className={styles.repetitionAdd}>
          <Button
            slim
            icon="plus"
            onClick={() => {
              store.edit((state, edit) => addRepetition(state, item.key, edit))
              announce(say('form.repetition.added', { name: item.text }))
            }}
          >
            {say('form.repetition.add', { name: item.text })}
          </Button>
        </p>
      )}
    </Fragment>
  )
}
