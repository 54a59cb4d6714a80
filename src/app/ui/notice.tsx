import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { Icon, type IconName } from './icon.tsx'
import styles from './notice.module.css'

const LOOKS = { ok: 'check', wait: 'bang', stop: 'cross', open: 'ask' } as const satisfies Record<string, IconName>

/** A sentence that stands in the way or beside it, with its state's icon and tint. */
export function Notice({
  tone,
  children,
  action,
  live = false,
}: {
  tone: keyof typeof LOOKS
  children: ReactNode
  action?: ReactNode
  live?: boolean
}) {
  return (
    <div className={cx(styles.notice, styles[tone])} role={live ? 'status' : undefined}>
      <Icon name={LOOKS[tone]} />
      <div className={styles.text}>{children}</div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  )
}
