/** The ways through the form: to a question, to a section, to the next that needs a person. */
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { nextNeed, readItem, type FormState } from '#domain/dtr/form/form-state.ts'
import { sectionKey, type ItemKey } from '#domain/dtr/item/item-key.ts'
import { focusItem, type ActiveItemStore } from './active-item.ts'
import type { Shown } from './body-context.ts'
import type { FormStore } from './form-store.ts'
import { createMountQueue, type MountQueue } from './mount-queue.tsx'
import { createKeptNeeds, type KeptNeeds } from './shown-items.ts'

export interface Going {
  readonly shown: Shown
  readonly kept: KeptNeeds
  readonly queue: MountQueue
  show(shown: Shown): void
  toItem(key: ItemKey): void
  toSection(key: ItemKey): void
  toNext(): void
}

/** `wanted` is the question that the address names: it takes the focus once it is there. */
export function useGoing(store: FormStore, active: ActiveItemStore, wanted: ItemKey | null): Going {
  const [shown, setShown] = useState<Shown>(() =>
    wanted === null && nextNeed(store.read(), null) !== null ? 'needs' : 'all',
  )
  const [kept] = useState(createKeptNeeds)
  const [queue] = useState(createMountQueue)
  const shownNow = useRef(shown)
  const show = useCallback(
    (next: Shown) => {
      kept.clear()
      shownNow.current = next
      setShown(next)
    },
    [kept],
  )
  const going = useMemo(
    () => goings(store, active, { kept, queue, show, shownNow }),
    [store, active, kept, queue, show],
  )
  useFirstFocus(wanted, going.toItem)
  return { ...going, shown, kept, queue, show }
}

interface Parts {
  readonly kept: KeptNeeds
  readonly queue: MountQueue
  readonly show: (shown: Shown) => void
  readonly shownNow: RefObject<Shown>
}

function goings(
  store: FormStore,
  active: ActiveItemStore,
  { kept, queue, show, shownNow }: Parts,
): Pick<Going, 'toItem' | 'toSection' | 'toNext'> {
  /** One that *Needs you* does not show is looked up under *All*; one that is not drawn yet is drawn now. */
  const reveal = (key: ItemKey): void => {
    queue.finish()
    const needs = readItem(store.read(), key)?.needs
    // Who was quicker than the frame (N, then C at once) has dealt with it: the focus must not fall into its field then.
    focusWhenDrawn(key, () => readItem(store.read(), key)?.needs === needs)
  }
  const toItem = (key: ItemKey): void => {
    if (shownNow.current === 'review' || (shownNow.current === 'needs' && !kept.has(key))) show('all')
    active.activate(key)
    reveal(key)
  }
  return {
    toItem,
    toSection(key) {
      const target = shownNow.current === 'needs' ? firstNeedIn(store.read(), key) : null
      if (target !== null) return toItem(target)
      if (shownNow.current !== 'all') show('all')
      reveal(key)
    },
    toNext() {
      const key = nextNeed(store.read(), active.read().key)
      if (key !== null) toItem(key)
    },
  }
}

/** A loaded machine draws late; what is not there after so many frames is not drawn at all. */
const FRAMES = 300

function focusWhenDrawn(key: ItemKey, isWanted: () => boolean, frames = FRAMES): void {
  requestAnimationFrame(() => {
    if (isWanted() && !focusItem(key) && frames > 0) focusWhenDrawn(key, isWanted, frames - 1)
  })
}

function useFirstFocus(wanted: ItemKey | null, toItem: (key: ItemKey) => void): void {
  const once = useRef(false)
  useEffect(() => {
    if (once.current) return
    once.current = true
    if (wanted !== null) toItem(wanted)
  }, [wanted, toItem])
}

function firstNeedIn(state: FormState, section: ItemKey): ItemKey | null {
  const own = readItem(state, section)
  if (own !== undefined && own.needs !== null) return section
  const next = nextNeed(state, section)
  return next !== null && sectionKey(next) === section ? next : null
}
