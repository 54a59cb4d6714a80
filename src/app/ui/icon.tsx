import styles from './icon.module.css'

/** Paths on a 16-pixel grid, drawn with one stroke width. `mark` is the product's own, on a 20-pixel grid. */
const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 5',
  clock: 'M8 2a6 6 0 100 12A6 6 0 008 2zM8 4.8V8l2.2 1.6',
  cross: 'M4 4l8 8M12 4l-8 8',
  ask: 'M5.6 6a2.4 2.4 0 114 1.8C8.6 8.6 8 9 8 10.2M8 12.7v.1',
  bang: 'M8 3v6M8 12.4v.2',
  doc: 'M4 2h5l3 3v9H4zM9 2v3h3M6 8.5h4M6 11h4',
  pen: 'M3 13l.8-3L11 2.8l2.2 2.2L6 12.2z',
  fx: 'M3 13c2 0 2-2 2.6-5S7 3 9 3M4 7h4M9 8l4 5M13 8l-4 5',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  user: 'M8 2.8a2.6 2.6 0 100 5.2 2.6 2.6 0 000-5.2zM3 13.4c.6-2.6 2.6-3.8 5-3.8s4.4 1.2 5 3.8',
  chevron: 'M4.5 6.5L8 10l3.5-3.5',
  plus: 'M8 3.5v9M3.5 8h9',
  trash: 'M3.5 4.5h9M6.5 4.5V3h3v1.5M5 4.5l.5 8.5h5l.5-8.5',
  undo: 'M6 4L3 7l3 3M3.2 7H10a3 3 0 010 6H8',
  phone:
    'M5.5 2.5l1.4 3-1.5 1.3a8 8 0 003.8 3.8l1.3-1.5 3 1.4v2.2c0 .6-.5 1-1.1.9C7 13 3 9 2.4 3.6c-.1-.6.3-1.1.9-1.1z',
  external: 'M7 3.5H3.5v9h9V9M9.5 3h3.5v3.5M13 3L7.5 8.5',
  minus: 'M3.5 8h9',
  dot: 'M8 8v.01',
  list: 'M5.5 4.5H13M5.5 8H13M5.5 11.5H13M3 4.5h.01M3 8h.01M3 11.5h.01',
} as const

export type IconName = keyof typeof PATHS

/** A decorative icon: the word beside it carries the meaning, so it is hidden from assistive technology. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className={styles.icon} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

export function Mark() {
  return (
    <svg className={styles.icon} width={20} height={20} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d="M10 1.8l7 3v5.1c0 4.2-2.9 7-7 8.3-4.1-1.3-7-4.1-7-8.3V4.8z" />
      <path d="M6.6 10l2.4 2.4 4.4-4.8" />
    </svg>
  )
}
