import { useEffect, useRef, type ReactNode } from 'react'
import { cx } from '../ui/cx.ts'
import styles from './page.module.css'

/** The main region on the page's column. `bar` leaves room for a footer bar. */
export function Page({ children, bar = false }: { children: ReactNode; bar?: boolean }) {
  return (
    <main id="main" tabIndex={-1} className={cx(styles.page, bar && styles.bar)}>
      {children}
    </main>
  )
}

let firstScreen = true

/**
 * The screen's heading: it says the state in a sentence, is the document's title, and takes the focus when the screen
 * changes, so that a screen reader starts where the eye does. The first screen takes no focus from the EHR.
 */
export function PageTitle({ children, aside }: { children: string; aside?: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${children} · Precert`
  }, [children])
  useEffect(() => {
    if (!firstScreen) {
      ref.current?.focus()
      window.scrollTo(0, 0)
    }
    firstScreen = false
  }, [])
  return (
    <div className={styles.titleRow}>
      <h1 ref={ref} tabIndex={-1}>
        {children}
      </h1>
      {aside !== undefined && <div className={styles.titleAside}>{aside}</div>}
    </div>
  )
}
