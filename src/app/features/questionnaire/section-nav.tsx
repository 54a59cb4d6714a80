import { memo } from 'react'
import type { ItemKey } from '#domain/dtr/item/item-key.ts'
import { useSay } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { Icon } from '../../ui/icon.tsx'
import text from '../../ui/text.module.css'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { useFigures, type SectionRow } from './form-figures.ts'
import fields from './fields.module.css'
import styles from './nav.module.css'

/** Room for a column of sections. */
const COLUMN = '(min-width: 800px)'

interface SectionNavProps {
  readonly sections: readonly SectionRow[]
  readonly current: ItemKey | null
  readonly onGo: (key: ItemKey) => void
}

/** The sections with what is left in each; a menu where there is no room for a column. */
export const SectionNav = memo(function SectionNav({ sections, current, onGo }: SectionNavProps) {
  const say = useSay()
  const isColumn = useMediaQuery(COLUMN)
  return (
    <nav className={styles.nav} aria-label={say('form.sections')}>
      {isColumn ? (
        <>
          <ul className={styles.sections}>
            {sections.map(({ key, text: name, needsYou }) => (
              <Row key={key} itemKey={key} name={name} needsYou={needsYou} current={key === current} onGo={onGo} />
            ))}
          </ul>
          <Figures />
        </>
      ) : (
        <Menu sections={sections} current={current} onGo={onGo} />
      )}
    </nav>
  )
})

interface RowProps {
  readonly itemKey: ItemKey
  readonly name: string
  readonly needsYou: number
  readonly current: boolean
  readonly onGo: (key: ItemKey) => void
}

const Row = memo(function Row({ itemKey, name, needsYou, current, onGo }: RowProps) {
  const say = useSay()
  return (
    <li>
      <button
        type="button"
        className={cx(styles.section, current && styles.sectionCurrent)}
        aria-current={current ? 'true' : undefined}
        onClick={() => onGo(itemKey)}
      >
        <span>{name}</span>
        {needsYou > 0 ? (
          <span className={styles.count}>
            {needsYou}
            <span className={text.hidden}> {say('form.leftHere', { count: needsYou })}</span>
          </span>
        ) : (
          <span className={styles.complete}>
            <Icon name="check" size={14} />
            <span className={text.hidden}>{say('form.sectionDone')}</span>
          </span>
        )}
      </button>
    </li>
  )
})

function Menu({ sections, current, onGo }: SectionNavProps) {
  const say = useSay()
  return (
    <label className={styles.menu}>
      <span>{say('form.goToSection')}</span>
      <select className={fields.select} value={current ?? ''} onChange={(event) => onGo(event.target.value)}>
        {current === null && <option value="">{say('form.choose')}</option>}
        {sections.map((section) => (
          <option key={section.key} value={section.key}>
            {section.needsYou > 0
              ? say('form.sectionLeft', { section: section.text, count: section.needsYou })
              : section.text}
          </option>
        ))}
      </select>
    </label>
  )
}

function Figures() {
  const figures = useFigures()
  const say = useSay()
  const rows = [
    { label: say('form.figures.chart'), value: figures.fromChart, open: false },
    { label: say('form.figures.computed'), value: figures.computed, open: false },
    { label: say('form.figures.answer'), value: figures.missing + figures.invalid, open: true },
    { label: say('form.figures.confirm'), value: figures.toConfirm, open: true },
  ].filter(({ value, open }) => open || value > 0)
  return (
    <dl className={styles.figures}>
      {rows.map(({ label, value, open }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={cx(open && value > 0 && styles.openFigure)}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
