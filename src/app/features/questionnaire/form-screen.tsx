import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { FormView } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { counts, listSections, nextNeed, readItem } from '#domain/dtr/form-state.ts'
import { sectionKey, type ItemKey } from '#domain/dtr/item-key.ts'
import type { CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Page, PageTitle } from '../../layout/page.tsx'
import { navigate } from '../../router.tsx'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { ActiveItemProvider, focusItem, type ActiveItem } from './active-item.ts'
import { EvidencePane } from './evidence-pane.tsx'
import { FooterBar } from './footer-bar.tsx'
import { FormBody } from './form-body.tsx'
import { FormStoreProvider, useFormState } from './form-store.ts'
import type { FormSaver } from './form-saver.ts'
import { SaveStatus } from './save-status.tsx'
import { SectionNav } from './section-nav.tsx'
import { useShortcuts } from './shortcuts.tsx'
import styles from './form.module.css'
import { useOpenForm } from './use-open-form.ts'

export type Shown = 'needs' | 'all'

/** Wide enough for the evidence to stand beside the questions. */
const PANE = '(min-width: 1100px)'

interface FormScreenProps {
  readonly caseKey: CaseKey
  readonly launch: LaunchView
  readonly view: FormView
  readonly focusItem: ItemKey | null
  readonly onReload: () => void
}

export function FormScreen(props: FormScreenProps) {
  const { store, saver } = useOpenForm(props.caseKey, props.view, props.launch)
  return (
    <FormStoreProvider value={store}>
      <OpenedForm {...props} saver={saver} />
    </FormStoreProvider>
  )
}

function OpenedForm({
  caseKey,
  launch,
  view,
  focusItem: wanted,
  onReload,
  saver,
}: FormScreenProps & { saver: FormSaver }) {
  const say = useSay()
  const state = useFormState()
  const figures = useMemo(() => counts(state), [state])
  const wide = useMediaQuery(PANE)
  const [shown, setShown] = useState<Shown>(() => (wanted === null && figures.needsYou > 0 ? 'needs' : 'all'))
  const kept = useKept(shown)
  const active = useActiveItem(wanted ?? nextNeed(state, null))
  const goTo = useGoTo(setShown, kept, shown, active)
  useFirstFocus(wanted, goTo)
  const next = useCallback((): void => {
    const key = nextNeed(state, active.key)
    if (key !== null) goTo(key)
  }, [state, active.key, goTo])
  const shortcuts = useShortcuts({ onNext: next, activeKey: active.key })
  const frozen = view.status === 'completed' || view.status === 'stopped'
  return (
    <ActiveItemProvider value={active}>
      <SaveStatus saver={saver} />
      <Page bar>
        <PageTitle
          aside={
            <Segmented
              label={say('form.shown.label')}
              value={shown}
              onChange={(value) => {
                kept.current.clear()
                setShown(value)
              }}
              options={[
                { value: 'needs', label: say('form.shown.needs', { count: figures.needsYou }) },
                { value: 'all', label: say('form.shown.all', { count: figures.questions }) },
              ]}
            />
          }
        >
          {figures.needsYou > 0 ? say('form.title.left', { count: figures.needsYou }) : say('form.title.done')}
        </PageTitle>
        <SaveProblem saver={saver} onReload={onReload} />
        {frozen && <Notice tone="open">{say('form.frozen')}</Notice>}
        <div className={styles.grid}>
          <SectionNav
            sections={listSections(state).filter((section) => section.enabled)}
            current={active.key === null ? null : sectionKey(active.key)}
            figures={figures}
            onGo={(key) => {
              const target = shown === 'needs' ? firstNeedIn(state, key) : null
              if (target !== null) goTo(target)
              else {
                setShown('all')
                requestAnimationFrame(() => focusItem(key))
              }
            }}
          />
          <FormBody
            caseKey={caseKey}
            shown={shown}
            kept={kept.current}
            wide={wide}
            frozen={frozen}
            onShowAll={() => setShown('all')}
          />
          {wide && <EvidencePane caseKey={caseKey} itemKey={active.key} />}
        </div>
      </Page>
      <FooterBar
        figures={figures}
        onNext={next}
        onKeys={shortcuts.openList}
        onReview={() => void navigate({ screen: 'review', launchId: launch.launchId, caseId: caseKey.caseId })}
        onLeave={() => void navigate({ screen: 'coverage', launchId: launch.launchId })}
      />
      {shortcuts.list}
    </ActiveItemProvider>
  )
}

/**
 * Under *Needs you* a question stays where it is once it has been answered: nothing may jump away under the cursor. The set
 * holds what has been shown since the view was opened.
 */
function useKept(shown: Shown) {
  const state = useFormState()
  const kept = useRef(new Set<ItemKey>())
  if (shown === 'needs') for (const item of state.items.values()) if (item.needs !== null) kept.current.add(item.key)
  return kept
}

function useActiveItem(first: ItemKey | null): ActiveItem {
  const [{ key, index, open }, set] = useState({ key: first, index: 0, open: false })
  const activate = useCallback((next: ItemKey) => {
    set((before) => (before.key === next ? before : { key: next, index: 0, open: false }))
  }, [])
  const openEvidence = useCallback((next: ItemKey, wanted: number) => {
    set((before) => ({
      key: next,
      index: wanted,
      open: !(before.open && before.key === next && before.index === wanted),
    }))
  }, [])
  return useMemo(
    () => ({ key, evidenceIndex: index, evidenceOpen: open, activate, openEvidence }),
    [key, index, open, activate, openEvidence],
  )
}

/** Goes to a question; one that *Needs you* does not show is looked up under *All*. */
function useGoTo(
  setShown: (shown: Shown) => void,
  kept: { readonly current: ReadonlySet<ItemKey> },
  shown: Shown,
  { activate }: ActiveItem,
): (key: ItemKey) => void {
  return useCallback(
    (key) => {
      if (shown === 'needs' && !kept.current.has(key)) setShown('all')
      activate(key)
      requestAnimationFrame(() => focusItem(key))
    },
    [setShown, kept, shown, activate],
  )
}

function useFirstFocus(wanted: ItemKey | null, goTo: (key: ItemKey) => void): void {
  const once = useRef(false)
  useEffect(() => {
    if (once.current) return
    once.current = true
    if (wanted !== null) goTo(wanted)
  }, [wanted, goTo])
}

function firstNeedIn(state: ReturnType<typeof useFormState>, section: ItemKey): ItemKey | null {
  const own = readItem(state, section)
  if (own !== undefined && own.needs !== null) return section
  const next = nextNeed(state, section)
  return next !== null && sectionKey(next) === section ? next : null
}

/** What keeps the answers from being saved, and what to do. */
function SaveProblem({ saver, onReload }: { saver: FormSaver; onReload: () => void }) {
  const say = useSay()
  const state = useSyncExternalStore(saver.subscribe, saver.read)
  if (state.kind === 'conflict')
    return (
      <Notice
        tone="stop"
        live
        action={
          <Button slim onClick={onReload}>
            {say('form.save.reload')}
          </Button>
        }
      >
        {say('form.save.conflict')}
      </Notice>
    )
  if (state.kind === 'failed')
    return (
      <FailureNotice
        failure={state.failure}
        action={
          <Button slim onClick={() => void saver.flush()}>
            {say('error.retry')}
          </Button>
        }
      />
    )
  return null
}
