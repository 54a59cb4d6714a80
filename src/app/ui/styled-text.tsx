import { Suspense, lazy } from 'react'
import { safeStyle } from './safe-style.ts'

// The sanitiser is large: it comes with the first text that has markup.
const Markup = lazy(async () => ({ default: (await import('./markup.tsx')).Markup }))

export interface StyledWords {
  readonly text: string
  readonly xhtml: string | null
  readonly style: string | null
}

/** A stranger's words as they would have them drawn, as far as that is harmless; the plain words until then. */
export function StyledText({ words }: { words: StyledWords }) {
  const drawn =
    words.xhtml === null ? (
      words.text
    ) : (
      <Suspense fallback={words.text}>
        <Markup xhtml={words.xhtml} fallback={words.text} />
      </Suspense>
    )
  return words.style === null ? drawn : <span style={safeStyle(words.style)}>{drawn}</span>
}
