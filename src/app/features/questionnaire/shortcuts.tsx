/** Single-letter shortcuts, only outside of text fields and dialogs; listed under `?` and to be switched off (WCAG 2.1.4). */
import { useEffect, useState, type ReactNode } from 'react'
import { confirm, revert } from '#domain/dtr/form/form-edit.ts'
import { readItem } from '#domain/dtr/form/form-state.ts'
import { useSay } from '../../i18n/use-say.ts'
import { useAnnounce } from '../../layout/announcer.tsx'
import { Kbd } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import type { ActiveItemStore } from './active-item.ts'
import { useFormStore } from './form-store.ts'
import styles from './shortcuts.module.css'

/** Listens while the form is open; gives the list of keys, when it is open, and the way to open it. */
export function useShortcuts({ onNext, active }: { onNext: () => void; active: ActiveItemStore }): {
  list: ReactNode
  openList: () => void
} {
  const say = useSay()
  const store = useFormStore()
  const announce = useAnnounce()
  const [listed, setListed] = useState(false)
  const [on, setOn] = useState(true)
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { key: activeKey } = active.read()
      const item = activeKey === null ? undefined : readItem(store.read(), activeKey)
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return
      if (document.querySelector('dialog[open]') !== null) return
      const key = event.key.toLowerCase()
      if (key === '?') setListed(true)
      else if (!on) return
      else if (key === 'n') onNext()
      else if (key === 'c' && activeKey !== null && item?.needs === 'confirmation') {
        store.edit((state, edit) => confirm(state, activeKey, edit))
        announce(say('form.confirmed'))
      } else if (key === 'u' && activeKey !== null && item?.origin?.source === 'override')
        store.edit((state, edit) => revert(state, activeKey, edit))
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [on, onNext, active, store, announce, say])
  return {
    list: listed ? <KeyList on={on} onSwitch={setOn} onClose={() => setListed(false)} /> : null,
    openList: () => setListed(true),
  }
}

const KEYS = ['n', 'c', 'u', '?'] as const

function KeyList({ on, onSwitch, onClose }: { on: boolean; onSwitch: (on: boolean) => void; onClose: () => void }) {
  const say = useSay()
  return (
    <Dialog title={say('form.keys.title')} closeLabel={say('shell.close')} onClose={onClose}>
      <dl className={styles.keyList}>
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              <Kbd>{key.toUpperCase()}</Kbd>
            </dt>
            <dd>{say(`form.keys.${key === '?' ? 'list' : key}`)}</dd>
          </div>
        ))}
      </dl>
      <label className={styles.switch}>
        <input type="checkbox" checked={on} onChange={(event) => onSwitch(event.target.checked)} />
        <span>{say('form.keys.on')}</span>
      </label>
    </Dialog>
  )
}

/** Radio buttons and ticks take no letters, so shortcuts work there. */
const LETTERLESS: ReadonlySet<string> = new Set(['radio', 'checkbox', 'button'])

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !LETTERLESS.has(target.type)
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  )
}
