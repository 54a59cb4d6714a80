import { useCallback, useState } from 'react'
import type { FormView } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { nextNeed } from '#domain/dtr/form-state.ts'
import { sectionKey, type ItemKey } from '#domain/dtr/item-key.ts'
import type { FormKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Page, PageTitle } from '../../layout/page.tsx'
import { navigate } from '../../router.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { ActiveItemProvider, createActiveItem, useActiveItem, useActiveItemStore } from './active-item.ts'
import { EvidencePane } from './evidence-pane.tsx'
import { FooterBar } from './footer-bar.tsx'
import { FormBody } from './form-body.tsx'
import { useFigures, useSections } from './form-figures.ts'
import { FormKeyProvider } from './form-key.ts'
import { FormStoreProvider, useFormStore } from './form-store.ts'
import type { FormSaver } from './form-saver.ts'
import { MountQueueProvider } from './mount-queue.tsx'
import { SaveProblem } from './save-problem.tsx'
import { SaveStatus } from './save-status.tsx'
import styles from './screen.module.css'
import { SectionNav } from './section-nav.tsx'
import { useShortcuts } from './shortcuts.tsx'
import { useGoing, type Going } from './use-going.ts'
import { useOpenForm } from './use-open-form.ts'

/** Wide enough for the evidence to stand beside the questions. */
const PANE = '(min-width: 1100px)'

interface FormScreenProps {
  readonly caseKey: FormKey
  readonly launch: LaunchView
  readonly view: FormView
  readonly focusItem: ItemKey | null
  readonly onReload: () => void
}

export function FormScreen(props: FormScreenProps) {
  const { store, saver } = useOpenForm(props.caseKey, props.view, props.launch)
  const [active] = useState(() => createActiveItem(props.focusItem ?? nextNeed(store.read(), null)))
  return (
    <FormKeyProvider value={props.caseKey}>
      <FormStoreProvider value={store}>
        <ActiveItemProvider value={active}>
          <OpenedForm {...props} saver={saver} />
        </ActiveItemProvider>
      </FormStoreProvider>
    </FormKeyProvider>
  )
}

function OpenedForm({ caseKey, launch, view, focusItem, onReload, saver }: FormScreenProps & { saver: FormSaver }) {
  const say = useSay()
  const figures = useFigures()
  const wide = useMediaQuery(PANE)
  const active = useActiveItemStore()
  const going = useGoing(useFormStore(), active, focusItem)
  const { show, shown } = going
  const shortcuts = useShortcuts({ onNext: going.toNext, active })
  const frozen = view.status === 'completed' || view.status === 'stopped'
  return (
    <MountQueueProvider value={going.queue}>
      <SaveStatus saver={saver} />
      <Page bar>
        <PageTitle
          aside={
            <Segmented
              label={say('form.shown.label')}
              value={shown}
              onChange={show}
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
          <Sections onGo={going.toSection} />
          <FormBody
            caseKey={caseKey}
            shown={shown}
            kept={going.kept}
            wide={wide}
            frozen={frozen}
            onShowAll={useCallback(() => show('all'), [show])}
          />
          {wide && <EvidencePane caseKey={caseKey} />}
        </div>
      </Page>
      <FooterBar
        figures={figures}
        onNext={going.toNext}
        onKeys={shortcuts.openList}
        onReview={() => void navigate({ screen: 'review', launchId: launch.launchId, caseId: caseKey.caseId })}
        onLeave={() => void navigate({ screen: 'coverage', launchId: launch.launchId })}
      />
      {shortcuts.list}
    </MountQueueProvider>
  )
}

function Sections({ onGo }: { onGo: Going['toSection'] }) {
  const sections = useSections()
  const figures = useFigures()
  const { key } = useActiveItem()
  return (
    <SectionNav sections={sections} current={key === null ? null : sectionKey(key)} figures={figures} onGo={onGo} />
  )
}
