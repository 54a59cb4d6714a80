/**
 * Groups as tabs. Every panel stays in the page: a closed one is `hidden="until-found"`, so that find-in-page opens it, and
 * going to a question opens the panel it is on.
 */
import { useEffect, useId, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { ItemView } from '#domain/dtr/form/form-state.ts'
import { isBelow, type ItemKey } from '#domain/dtr/item/item-key.ts'
import { useActiveItemStore } from './active-item.ts'
import { isDrawn, type BodyContext } from './body-context.ts'
import { useFormStore, useFormValue } from './form-store.ts'
import styles from './tabs.module.css'

interface TabsProps {
  readonly item: ItemView
  readonly context: BodyContext
  readonly draw: (key: ItemKey) => ReactNode
}

export function Tabs({ item, context, draw }: TabsProps) {
  const id = useId()
  const store = useFormStore()
  const shown = useFormValue(
    (state) => item.children.filter((key) => isDrawn(state.items.get(key), context)),
    (before, after) => before.join() === after.join(),
  )
  const [current, setCurrent] = useCurrentTab(shown)
  const list = useRef<HTMLDivElement>(null)
  const move = (event: React.KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined || current === undefined) return
    event.preventDefault()
    const index = (shown.indexOf(current) + by + shown.length) % shown.length
    const next = shown[index]
    if (next === undefined) return
    setCurrent(next)
    list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[index]?.focus()
  }
  return (
    <>
      <div ref={list} role="tablist" aria-label={item.text} className={styles.list} onKeyDown={move}>
        {shown.map((key, index) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${id}-tab-${String(index)}`}
            aria-selected={key === current}
            aria-controls={`${id}-panel-${String(index)}`}
            tabIndex={key === current ? 0 : -1}
            className={styles.tab}
            onClick={() => setCurrent(key)}
          >
            {store.read().items.get(key)?.text}
          </button>
        ))}
      </div>
      {shown.map((key, index) => (
        <Panel
          key={key}
          id={`${id}-panel-${String(index)}`}
          labelledBy={`${id}-tab-${String(index)}`}
          open={key === current}
          onFound={() => setCurrent(key)}
        >
          {draw(key)}
        </Panel>
      ))}
    </>
  )
}

/** The tab that was chosen, or the one that holds the question being gone to. */
function useCurrentTab(shown: readonly ItemKey[]): [ItemKey | undefined, (key: ItemKey) => void] {
  const active = useActiveItemStore()
  const [chosen, setChosen] = useState<ItemKey | null>(null)
  const wanted = useSyncExternalStore(active.subscribe, () => {
    const { key } = active.read()
    return key === null ? undefined : shown.find((tab) => tab === key || isBelow(key, tab))
  })
  useEffect(() => {
    if (wanted !== undefined) setChosen(wanted)
  }, [wanted])
  const current = chosen !== null && shown.includes(chosen) ? chosen : (wanted ?? shown[0])
  return [current, setChosen]
}

function Panel({
  id,
  labelledBy,
  open,
  onFound,
  children,
}: {
  id: string
  labelledBy: string
  open: boolean
  onFound: () => void
  children: ReactNode
}) {
  const ref = useRef<HTMLDivElement>(null)
  // React knows neither the value of the attribute nor the event.
  useEffect(() => {
    const panel = ref.current
    if (panel === null) return
    if (open) panel.removeAttribute('hidden')
    else panel.setAttribute('hidden', 'until-found')
    panel.addEventListener('beforematch', onFound)
    return () => panel.removeEventListener('beforematch', onFound)
  }, [open, onFound])
  return (
    <div ref={ref} id={id} role="tabpanel" aria-labelledby={labelledBy} className={styles.panel}>
      {children}
    </div>
  )
}
