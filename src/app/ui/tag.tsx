import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { inBox } from './in-box.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './tag.module.css'

export type Tone = 'ok' | 'wait' | 'stop' | 'open' | 'chart' | 'edited' | 'plain'

/** A state: icon, word and tint together. Colour alone says nothing. */
export function Tag({ tone, icon, children }: { tone: Tone; icon: IconName; children: ReactNode }) {
  return (
    <span className={cx(styles.tag, styles[tone])}>
      <Icon name={icon} size={13} />
      {inBox(children)}
    </span>
  )
}
