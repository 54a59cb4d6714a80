import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import type { Message } from '#domain/result.ts'

type Params = Readonly<Record<string, string | number>>

export interface Say {
  (key: string, params?: Params): string
}

/** Gives `say(key, params)`: the sentence of a key in the reader's language. */
export function useSay(): Say {
  const { t } = useTranslation()
  return useCallback((key: string, params?: Params) => t(key, { ...params }), [t])
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
  const { i18n } = useTranslation()
  return useCallback((key: string) => i18n.exists(key), [i18n])
}
