import { Fragment, type ReactNode } from 'react'

/** A sentence with `<b>…</b>` in it as React nodes. Nothing else is markup: whatever a value brings stays text. */
export function rich(sentence: string): ReactNode {
  return sentence
    .split(/<b>(.*?)<\/b>/)
    .map((part, index) =>
      index % 2 === 1 ? <strong key={index}>{part}</strong> : <Fragment key={index}>{part}</Fragment>,
    )
}
