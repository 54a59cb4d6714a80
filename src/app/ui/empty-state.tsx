import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './empty-state.module.css'

/** Nothing to show, or nothing that could be read: what it means and what to do. */
export function EmptyState({
  icon,
  tone,
  title,
  children,
  action,
}: {
  icon: IconName
  tone: 'ok' | 'wait' | 'stop' | 'open'
  title?: string
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <section className={styles.empty}>
      <span className={cx(styles.badge, styles[tone])}>
        <Icon name={icon} size={20} />
      </span>
      <div className={styles.text}>
        {title !== undefined && <h2>{title}</h2>}
        {children}
        {action !== undefined && <div className={styles.action}>{action}</div>}
      </div>
    </section>
  )
}
