import { useState, type ReactNode } from 'react'
import { listItems, type ItemView } from '#domain/dtr/form/form-state.ts'
import { isBelow } from '#domain/dtr/item/item-key.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import styles from './body.module.css'
import { useFormStore } from './form-store.ts'

/** A group that can be folded away; never with something inside that needs a person. Find-in-page opens it. */
export function Collapsible({ item, open, children }: { item: ItemView; open: boolean; children: ReactNode }) {
  const say = useSay()
  const store = useFormStore()
  const [initially] = useState(
    () => open || listItems(store.read()).some((other) => other.needs !== null && isBelow(other.key, item.key)),
  )
  return (
    <div className={styles.collapsible}>
      <Disclosure summary={say('form.collapsible', { name: item.text })} open={initially}>
        {children}
      </Disclosure>
    </div>
  )
}
