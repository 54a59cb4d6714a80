import { Fragment, type ReactNode } from 'react'
import { cx } from './cx.ts'
import styles from './facts.module.css'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Labels and values on two aligned edges; one above the other where it is narrow. */
export function Facts({ facts, wide = false }: { facts: readonly Fact[]; wide?: boolean }) {
  return (
    <dl className={cx(styles.facts, wide && styles.wide)}>
      {facts.map(({ label, value }, index) => (
        <Fragment key={`${label}-${String(index)}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
