import { createContext, useCallback, useContext, useState, type ReactNode } from 'react'
import text from '../ui/text.module.css'

const Announce = createContext<(sentence: string) => void>(() => undefined)

/** One polite live region for the whole app: what changed without the focus moving. */
export function Announcer({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ sentence: '', turn: 0 })
  const announce = useCallback((sentence: string) => setSaid(({ turn }) => ({ sentence, turn: turn + 1 })), [])
  return (
    <Announce value={announce}>
      {children}
      <div role="status" className={text.hidden}>
        <span key={said.turn}>{said.sentence}</span>
      </div>
    </Announce>
  )
}

export function useAnnounce(): (sentence: string) => void {
  return useContext(Announce)
}
