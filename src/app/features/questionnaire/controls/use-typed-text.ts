import { useEffect, useMemo, useRef, useState } from 'react'
import { answerTyped } from '#domain/dtr/form/form-edit.ts'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { useFormStore } from '../form-store.ts'

/** Typing must not wait for the form's expressions: they follow when the hand rests. */
const REST_MS = 350

const unchanged = (text: string): string => text

/**
 * Text being typed for an item. `shown` is what the form holds; while typing, the person's own text stands. It becomes the
 * answer when the hand rests or the field is left.
 * `toValue` turns the field's text into the form's.
 */
export function useTypedText(key: ItemKey, shown: string, toValue: (text: string) => string = unchanged) {
  const store = useFormStore()
  return useRestingText(shown, (text) => {
    store.edit((state, edit) => answerTyped(state, key, toValue(text), edit))
  })
}

/** The same for any owner of the text. */
export function useRestingText(shown: string, give: (text: string) => void) {
  const [typed, setTyped] = useState<string | null>(null)
  const giveRef = useRef(give)
  const waiting = useMemo(() => createRest((text) => giveRef.current(text)), [])
  useEffect(() => {
    giveRef.current = give
  })
  // A question that goes away takes nothing with it.
  useEffect(() => () => waiting.finish(), [waiting])
  return {
    value: typed ?? shown,
    onChange(text: string): void {
      setTyped(text)
      waiting.start(text)
    },
    onBlur(): void {
      waiting.finish()
      setTyped(null)
    },
    /** Gives a text at once, without waiting for the hand to rest. */
    commit(text: string): void {
      waiting.start(text)
      waiting.finish()
      setTyped(null)
    },
  }
}

function createRest(give: (text: string) => void) {
  let pending: { readonly text: string; readonly timer: ReturnType<typeof setTimeout> } | null = null
  const finish = (): void => {
    if (pending === null) return
    clearTimeout(pending.timer)
    const { text } = pending
    pending = null
    give(text)
  }
  return {
    finish,
    start(text: string): void {
      if (pending !== null) clearTimeout(pending.timer)
      pending = { text, timer: setTimeout(finish, REST_MS) }
    },
  }
}
