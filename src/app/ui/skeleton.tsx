import { useEffect, useState } from 'react'
import styles from './skeleton.module.css'

const QUIET_MS = 150

/** True once something has been waited for longer than the eye forgives; before that nothing should flash. */
export function useLate(afterMs: number = QUIET_MS): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), afterMs)
    return () => clearTimeout(timer)
  }, [afterMs])
  return late
}

/** Grey blocks in the shape of what comes, after 150 ms; `label` says what is being read, where the screen's title will stand. */
export function Skeleton({ label, blocks }: { label: string; blocks: readonly number[] }) {
  const late = useLate()
  return (
    <div role="status" className={styles.area}>
      <h1 className={late ? styles.label : styles.waiting}>{label}</h1>
      {blocks.map((height, index) => (
        <div key={index} className={late ? styles.block : styles.waiting} style={{ height }} aria-hidden="true" />
      ))}
    </div>
  )
}
