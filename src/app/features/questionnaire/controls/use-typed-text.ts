import { useEffect, useRef, useState } from 'react'
import { answerTyped } from '#domain/dtr/form-edit.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
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
  const [typed, setTyped] = useState<string | null>(null)
  const pending = useRef<{ text: string; timer: ReturnType<typeof setTimeout> } | null>(null)
  const commit = (): void => {
    const waiting = pending.current
    if (waiting === null) return
    clearTimeout(waiting.timer)
    pending.current = null
    store.edit((state, edit) => answerTyped(state, key, toValue(waiting.text), edit))
  }
  const commitRef = useRef(commit)
  useEffect(() => {
    commitRef.current = commit
  })
  // A question that goes away takes nothing with it.
  useEffect(() => () => commitRef.current(), [])
  return {
    value: typed ?? shown,
    onChange(text: string): void {
      setTyped(text)
      if (pending.current !== null) clearTimeout(pending.current.timer)
      pending.current = { text, timer: setTimeout(() => commitRef.current(), REST_MS) }
    },
    onBlur(): void {
      commit()
      setTyped(null)
    },
  }
}
