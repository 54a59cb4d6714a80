import type { FormCounts, SectionView } from '#domain/dtr/form-state.ts'
import type { ItemKey } from '#domain/dtr/item-key.ts'
import { useSay } from '../../i18n/use-say.ts'
import { cx } from '../../ui/cx.ts'
import { Icon } from '../../ui/icon.tsx'
import text from '../../ui/text.module.css'
import styles from './form.module.css'

/** The sections with what is left in each; a menu where there is no room for a column. */
export function SectionNav({
  sections,
  current,
  figures,
  onGo,
}: {
  sections: readonly SectionView[]
  current: ItemKey | null
  figures: FormCounts
  onGo: (key: ItemKey) => void
}) {
  const say = useSay()
  return (
    <nav className={styles.nav} aria-label={say('form.sections')}>
      <label className={styles.menu}>
        <span>{say('form.goToSection')}</span>
        <select className={styles.select} value={current ?? ''} onChange={(event) => onGo(event.target.value)}>
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
      <ul className={styles.sections}>
        {sections.map((section) => (
          <li key={section.key}>
            <button
              type="button"
              className={cx(styles.section, section.key === current && styles.sectionCurrent)}
              aria-current={section.key === current ? 'true' : undefined}
              onClick={() => onGo(section.key)}
            >
              <span>{section.text}</span>
              {section.needsYou > 0 ? (
                <span className={styles.count}>
                  {section.needsYou}
                  <span className={text.hidden}> {say('form.leftHere', { count: section.needsYou })}</span>
                </span>
              ) : (
                <span className={styles.complete}>
                  <Icon name="check" size={14} />
                  <span className={text.hidden}>{say('form.sectionDone')}</span>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      <Figures figures={figures} />
    </nav>
  )
}

function Figures({ figures }: { figures: FormCounts }) {
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
