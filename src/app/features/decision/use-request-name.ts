import type { CaseView } from '#domain/contract/case.ts'
import { useHasSentence, useSay } from '../../i18n/use-say.ts'

/** What is asked for: in the payer's words where it gives any, else in ours for a code that we know, else the code. */
export function useRequestName({ codes, asksForForm }: CaseView['requests'][number]): string {
  const say = useSay()
  const has = useHasSentence()
  if (asksForForm) return say('case.requests.form')
  const nameOf = ({ code, text: words }: (typeof codes)[number]): string =>
    words ?? (has(`loinc.${code}`) ? say(`loinc.${code}`) : say('case.requests.code', { code }))
  // A category and a document of one request may have the same words.
  return [...new Set(codes.map(nameOf))].join(', ')
}
