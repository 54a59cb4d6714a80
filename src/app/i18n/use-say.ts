import { useCallback, useContext } from 'react'
import type { i18n as I18n } from 'i18next'
import { I18nContext } from 'react-i18next'
import type { Message } from '#domain/result.ts'

type Params = Readonly<Record<string, string | number>>

export interface Say {
  (key: string, params?: Params): string
}

/** The language is loaded before the first screen and stays: a form's thousands of components need not listen for another. */
export function useI18n(): I18n {
  const { i18n } = useContext(I18nContext)
  return i18n
}

const SAYS = new WeakMap<I18n, Say>()

function sayOf(i18n: I18n): Say {
  const known = SAYS.get(i18n)
  if (known !== undefined) return known
  const plain = new Map<string, string>()
  let plurals: Intl.PluralRules | undefined
  /** A sentence that counts has a form for each kind of number. */
  const formOf = (count: number): string => {
    plurals ??= new Intl.PluralRules(i18n.language)
    return count === 0 ? 'zero' : plurals.select(count)
  }
  const say: Say = (key, params) => {
    const count = typeof params?.['count'] === 'number' ? params['count'] : undefined
    const name = count === undefined ? key : `${key} ${formOf(count)}`
    const sentence =
      plain.get(name) ?? i18n.t(key, { skipInterpolation: true, ...(count === undefined ? {} : { count }) })
    plain.set(name, sentence)
    return params === undefined ? sentence : (fillIn(sentence, params) ?? i18n.t(key, { ...params }))
  }
  SAYS.set(i18n, say)
  return say
}

/** A sentence with bare names in it, as a long form says hundreds; null where something has to be formatted or is missing. */
export function fillIn(sentence: string, params: Params): string | null {
  let whole = true
  const filled = sentence.replace(/\{\{(.*?)\}\}/g, (_, name: string) => {
    const value = params[name]
    whole &&= value !== undefined
    return String(value)
  })
  return whole ? filled : null
}

/** Gives `say(key, params)`: the sentence of a key in the reader's language. */
export function useSay(): Say {
  return sayOf(useI18n())
}

/** Turns a domain `Message` into its sentence. A key without a sentence is a fault of ours; a test looks for them. */
export function useSayMessage(): (message: SentMessage) => string {
  const say = useSay()
  return useCallback((message) => say(message.key, message.params ?? {}), [say])
}

/** A `Message` as the wire has it: `params` may be there and undefined. */
export type SentMessage = Pick<Message, 'key'> & { params?: Params | undefined }

/** Whether the locale files hold a sentence for this key. */
export function useHasSentence(): (key: string) => boolean {
  const i18n = useI18n()
  return useCallback((key: string) => i18n.exists(key), [i18n])
}
