import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './panel.module.css'

/** A white surface with a hairline. `label` names the region for those who jump between regions. */
export function Panel({
  children,
  labelledBy,
  as = 'section',
}: {
  children: ReactNode
  labelledBy?: string
  as?: 'section' | 'article' | 'div'
}) {
  const Element = as
  return (
    <Element className={styles.panel} aria-labelledby={labelledBy}>
      {children}
    </Element>
  )
}

/** Title at the left edge, state or action at the right one; wraps where it is narrow. */
export function PanelHeader({
  children,
  aside,
  bare = false,
}: {
  children: ReactNode
  aside?: ReactNode
  bare?: boolean
}) {
  return (
    <header className={cx(styles.header, bare && styles.bare)}>
      <div className={styles.heading}>{children}</div>
      {aside !== undefined && <div className={styles.aside}>{aside}</div>}
    </header>
  )
}

export function PanelBody({ children, flush = false }: { children: ReactNode; flush?: boolean }) {
  return <div className={cx(!flush && styles.body)}>{children}</div>
}

export function PanelFooter({ children }: { children: ReactNode }) {
  return <footer className={styles.footer}>{children}</footer>
}
