import type { ComponentPropsWithRef, ReactNode } from 'react'
import { cx } from './cx.ts'
import { inBox } from './in-box.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './button.module.css'

export type ButtonLook = 'primary' | 'plain' | 'quiet'

interface Appearance {
  look?: ButtonLook
  slim?: boolean
  wide?: boolean
  icon?: IconName | undefined
  iconAfter?: IconName
  shortcut?: string | undefined
}

/** The class a link takes that looks like a button. */
export function buttonClass({ look = 'plain', slim = false, wide = false }: Appearance): string {
  return cx(styles.button, styles[look], slim && styles.slim, wide && styles.wide)
}

type ButtonProps = Appearance & { busy?: boolean; children: ReactNode } & Omit<ComponentPropsWithRef<'button'>, 'type'>

/**
 * A button. While `busy` it keeps its size and its focus, and takes no second click. A disabled button stays in the tab
 * order (`aria-disabled`), so that the reason beside it can be found by keyboard.
 */
export function Button({
  look = 'plain',
  slim = false,
  wide = false,
  icon,
  iconAfter,
  shortcut,
  busy = false,
  disabled = false,
  onClick,
  className,
  children,
  ...rest
}: ButtonProps) {
  const idle = busy || disabled
  return (
    <button
      {...rest}
      type="button"
      className={cx(buttonClass({ look, slim, wide }), className)}
      aria-disabled={idle || undefined}
      aria-busy={busy || undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => {
        if (idle) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {icon !== undefined && <Icon name={icon} size={slim ? 14 : 16} />}
      {inBox(children)}
      {shortcut !== undefined && <Kbd>{shortcut.toUpperCase()}</Kbd>}
      {busy ? (
        <span className={styles.spinner} aria-hidden="true" />
      ) : (
        iconAfter !== undefined && <Icon name={iconAfter} size={slim ? 14 : 16} />
      )}
    </button>
  )
}

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className={styles.kbd} aria-hidden="true">
      {children}
    </kbd>
  )
}
