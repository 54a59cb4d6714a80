import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import styles from './disclosure.module.css'

/** A native `<details>`: a quiet line that opens what stands behind it. */
export function Disclosure({ summary, children, open }: { summary: ReactNode; children: ReactNode; open?: boolean }) {
  return (
    <details className={styles.details} open={open}>
      <summary className={styles.summary}>
        <span>{summary}</span>
        <Icon name="chevron" size={14} />
      </summary>
      <div className={styles.content}>{children}</div>
    </details>
  )
}
