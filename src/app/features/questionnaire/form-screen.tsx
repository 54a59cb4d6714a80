import { useCallback, useEffect, useState } from 'react'
import type { FormView } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { mayPerform } from '#domain/dtr/form/performer.ts'
import { nextNeed } from '#domain/dtr/form/form-state.ts'
import { sectionKey, type ItemKey } from '#domain/dtr/item/item-key.ts'
import type { FormKey } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Page, PageTitle } from '../../layout/page.tsx'
import { navigate } from '../../router.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { useMediaQuery } from '../../ui/use-media-query.ts'
import { AboutForm } from './about-form.tsx'
import type { Shown } from './body-context.ts'
import { ActiveItemProvider, createActiveItem, useActiveItem, useActiveItemStore } from './active-item.ts'
import { Determinations, NextStep } from './adaptive-steps.tsx'
import { AnswersReview } from './answers-review.tsx'
import { Conflicts, Differences } from './decisions.tsx'
import { EhrMerge, conflictToMerge } from './ehr-merge.tsx'
import { DrawFormProvider } from './draw-form.ts'
import { InnerForm } from './inner-form.tsx'
import { EvidencePane } from './evidence-pane.tsx'
import { FooterBar } from './footer-bar.tsx'
import { FormBody } from './form-body.tsx'
import { Delegations, Editors, FormList, FormNotices, HandOver } from './form-head.tsx'
import { useFigures, useSections } from './form-figures.ts'
import { FormWords } from './form-words.tsx'
import { Forward } from './forward.tsx'
import { FormKeyProvider } from './form-key.ts'
import { FormStoreProvider, useFormStore } from './form-store.ts'
import { LookingUpProvider } from './looking-up.ts'
import { MountQueueProvider } from './mount-queue.tsx'
import { SaveProblem } from './save-problem.tsx'
import { SaveStatus } from './save-status.tsx'
import styles from './screen.module.css'
import { SectionNav } from './section-nav.tsx'
import { Signatures } from './signatures.tsx'
import { useShortcuts } from './shortcuts.tsx'
import { useGoing, type Going } from './use-going.ts'
import { useOpenForm, type OpenForm } from './use-open-form.ts'
import { usePresence } from './use-presence.ts'
import { useValue } from './value-store.ts'

/** Wide enough for the evidence to stand beside the questions. */
const PANE = '(min-width: 1100px)'

interface FormScreenProps {
  readonly caseKey: FormKey
  readonly launch: LaunchView
  readonly view: FormView
  readonly focusItem: ItemKey | null
  readonly onReload: () => void
  readonly onChooseForm: (formId: string) => void
}

export function FormScreen(props: FormScreenProps) {
  const form = useOpenForm(props.caseKey, props.view, props.launch)
  const { store } = form
  const [active] = useState(() => createActiveItem(props.focusItem ?? nextNeed(store.read(), null)))
  return (
    <FormKeyProvider value={props.caseKey}>
      <FormStoreProvider value={store}>
        <ActiveItemProvider value={active}>
          <LookingUpProvider value={form.lookingUp}>
            <OpenedForm {...props} form={form} />
          </LookingUpProvider>
        </ActiveItemProvider>
      </FormStoreProvider>
    </FormKeyProvider>
  )
}

function OpenedForm({
  caseKey,
  launch,
  focusItem,
  onReload,
  onChooseForm,
  form,
}: FormScreenProps & { form: OpenForm }) {
  const view = useValue(form.latest)
  const wide = useMediaQuery(PANE)
  const active = useActiveItemStore()
  const store = useFormStore()
  const going = useGoing(store, active, focusItem)
  const { show, shown, queue } = going
  useEffect(() => {
    // Paper has no later.
    window.addEventListener('beforeprint', queue.finish)
    return () => window.removeEventListener('beforeprint', queue.finish)
  }, [queue])
  const showAll = useCallback(() => show('all'), [show])
  const shortcuts = useShortcuts({ onNext: going.toNext, active })
  const finished = view.status === 'completed' || view.status === 'stopped'
  const { facts } = store.read().model
  const barred = !mayPerform(facts, launch.user.reference)
  const frozen = finished || barred
  const { saver, conflicts } = form
  const merge = conflictToMerge(view)
  const editors = usePresence(caseKey, form, active, view.editors, frozen)
  return (
    <DrawFormProvider value={InnerForm}>
      <MountQueueProvider value={going.queue}>
        <SaveStatus saver={saver} />
        <Page bar>
          <Title shown={shown} onShow={show} />
          <FormList forms={view.forms} current={view.formId} onChoose={onChooseForm} />
          <SaveProblem saver={saver} onReload={onReload} />
          <FormNotices view={view} saver={saver} />
          <Delegations delegation={view.delegation} saver={saver} />
          <Editors editors={editors} />
          <FormWords
            barred={barred && !finished}
            ended={finished ? (view.adaptive === null ? 'here' : 'by-payer') : null}
          />
          <div className={styles.grid}>
            <Sections onGo={going.toSection} />
            <div className={styles.main}>
              <Differences differences={view.differences} form={form} />
              <Conflicts conflicts={conflicts} />
              {merge !== null && <EhrMerge key={merge.versionId} conflict={merge} saver={saver} />}
              {view.adaptive !== null && <Determinations adaptive={view.adaptive} saver={saver} />}
              {shown === 'review' ? (
                <AnswersReview onGo={going.toItem} />
              ) : (
                <FormBody
                  caseKey={caseKey}
                  shown={shown}
                  kept={going.kept}
                  wide={wide}
                  frozen={frozen}
                  usage={finished ? 'display' : 'capture'}
                  onShowAll={showAll}
                />
              )}
              {view.adaptive !== null && !frozen && <NextStep adaptive={view.adaptive} saver={saver} />}
              <Signatures signerName={launch.user.name} frozen={frozen} />
              <AboutForm />
            </div>
            {wide && <EvidencePane caseKey={caseKey} />}
          </div>
        </Page>
        <FooterBar
          version={view.dtrVersion}
          handOver={frozen ? null : <HandOver view={view} launch={launch} saver={saver} />}
          onNext={going.toNext}
          onKeys={shortcuts.openList}
          forward={<Forward caseKey={caseKey} view={view} saver={saver} />}
          onLeave={() => void navigate({ screen: 'coverage', launchId: launch.launchId })}
        />
        {shortcuts.list}
      </MountQueueProvider>
    </DrawFormProvider>
  )
}

/** Apart from the screen: what it says moves with most edits, and nothing else up here does. */
function Title({ shown, onShow }: { shown: Shown; onShow: (shown: Shown) => void }) {
  const say = useSay()
  const { needsYou, questions } = useFigures()
  return (
    <PageTitle
      aside={
        <Segmented
          label={say('form.shown.label')}
          value={shown}
          onChange={onShow}
          options={[
            { value: 'needs', label: say('form.shown.needs', { count: needsYou }) },
            { value: 'all', label: say('form.shown.all', { count: questions }) },
            { value: 'review', label: say('form.shown.review') },
          ]}
        />
      }
    >
      {needsYou > 0 ? say('form.title.left', { count: needsYou }) : say('form.title.done')}
    </PageTitle>
  )
}

function Sections({ onGo }: { onGo: Going['toSection'] }) {
  const sections = useSections()
  const { key } = useActiveItem()
  return <SectionNav sections={sections} current={key === null ? null : sectionKey(key)} onGo={onGo} />
}
