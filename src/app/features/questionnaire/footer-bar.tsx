import { useCallback, type ReactNode } from 'react'
import { listLogicBlockers } from '#domain/dtr/form/completion.ts'
import type { FormState } from '#domain/dtr/form/form-state.ts'
import type { DtrVersion } from '#domain/dtr/package/dtr-version.ts'
import { rich } from '../../i18n/rich.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Icon } from '../../ui/icon.tsx'
import { useFigures } from './form-figures.ts'
import { useFormValue } from './form-store.ts'
import styles from './footer-bar.module.css'

/** What is left, and the one way forward, always in the same place. */
export function FooterBar({
  version,
  handOver,
  onNext,
  onKeys,
  forward,
  onLeave,
}: {
  version: DtrVersion
  handOver: ReactNode
  onNext: () => void
  onKeys: () => void
  /** What comes when nothing is left to do here. */
  forward: ReactNode
  onLeave: () => void
}) {
  const say = useSay()
  const figures = useFigures()
  // Errors of the payer's own rules: nobody here can mend them.
  const blockers = useFormValue(useCallback((state: FormState) => listLogicBlockers(state, version).length, [version]))
  const parts = [
    figures.missing > 0 ? say('form.left.answer', { count: figures.missing }) : null,
    figures.toConfirm > 0 ? say('form.left.confirm', { count: figures.toConfirm }) : null,
    figures.invalid > 0 ? say('form.left.correct', { count: figures.invalid }) : null,
  ].filter((part) => part !== null)
  return (
    <footer className={styles.bar}>
      <div className={styles.barInner}>
        {blockers > 0 && (
          <p className={styles.blocked} role="status">
            <Icon name="bang" size={14} /> {say('form.left.logic', { count: blockers })}
          </p>
        )}
        <p className={styles.left}>
          {figures.needsYou > 0
            ? rich(say('form.left.sentence', { count: figures.needsYou, parts: parts.join(', ') }))
            : say('form.left.none')}
        </p>
        <Button look="quiet" slim shortcut="?" className={styles.keys} onClick={onKeys}>
          {say('form.keys.show')}
        </Button>
        {handOver}
        <Button onClick={onLeave}>{say('form.leave')}</Button>
        {figures.needsYou > 0 ? (
          <Button look="primary" shortcut="n" onClick={onNext}>
            {say('form.next')}
          </Button>
        ) : (
          forward
        )}
      </div>
    </footer>
  )
}
