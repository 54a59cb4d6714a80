/** The payer's questions, filled from the chart as far as it goes, with what still needs a person first. */
import { useMemo, useState } from 'react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormView } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { post } from '../../api/http.ts'
import { formPath, formQuery, type FormKey } from '../../api/queries.ts'
import { useAnswerWords } from '../../components/answer-words.ts'
import { FailurePage } from '../../components/failure.tsx'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Page, PageTitle } from '../../layout/page.tsx'
import { Link } from '../../router.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { FormScreen } from './form-screen.tsx'
import styles from './so-far.module.css'

export { loadEvaluator } from './use-open-form.ts'

export function QuestionnairePage({
  launch,
  caseId,
  focusForm,
  focusItem,
}: {
  launch: LaunchView
  caseId: string
  /** Which of several forms is shown first. */
  focusForm: string
  focusItem: string | null
}) {
  const { launchId } = launch
  const [formId, setFormId] = useState(focusForm)
  const key = useMemo(() => ({ launchId, caseId, formId }), [launchId, caseId, formId])
  const client = useQueryClient()
  const { data: view, error, refetch } = useQuery(formQuery(key))
  if (view === undefined)
    return error === null ? (
      <Reading view={null} />
    ) : (
      <Page>
        <FailurePage failure={error} onRetry={() => void refetch()} />
      </Page>
    )
  if (view.status === 'populating') return <Reading view={view} />
  if (view.status === 'failed' || view.questionnaire === null)
    return <CouldNotFill caseKey={key} view={view} onRead={() => void refetch()} />
  const reload = (): void => void client.resetQueries({ queryKey: formQuery(key).queryKey })
  // A form that was read again is another form: engine, saver and all.
  return (
    <FormScreen
      key={`${formId} ${String(view.version)}`}
      caseKey={key}
      launch={launch}
      view={view}
      focusItem={focusItem}
      onReload={reload}
      onChooseForm={setFormId}
    />
  )
}

/** Says what is being read, and what was found already; the skeleton has the shape of the form. */
function Reading({ view }: { view: FormView | null }) {
  const say = useSay()
  const progress = view?.progress ?? null
  return (
    <Page>
      <Skeleton
        label={
          progress === null
            ? say('form.reading')
            : say('form.readingOf', { read: progress.read, total: progress.total })
        }
        blocks={[28, 120, 120, 120]}
      />
      {view !== null && view.soFar.length > 0 && <FoundSoFar found={view.soFar} />}
    </Page>
  )
}

function FoundSoFar({ found }: { found: FormView['soFar'] }) {
  const say = useSay()
  const words = useAnswerWords()
  return (
    <Panel labelledBy="form-so-far">
      <PanelHeader>
        <h2 id="form-so-far">{say('form.soFar', { count: found.length })}</h2>
      </PanelHeader>
      <dl className={styles.soFar}>
        {found.map(({ itemKey, label, value }) => (
          <div key={itemKey}>
            <dt>{label}</dt>
            <dd>{words(value)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

/** Trying again fills the form anew: whatever kept it from being filled may have passed. */
function CouldNotFill({ caseKey, view, onRead }: { caseKey: FormKey; view: FormView; onRead: () => void }) {
  const retry = useMutation({ mutationFn: () => post<unknown>(formPath(caseKey, '/retry'), {}), onSettled: onRead })
  const say = useSay()
  const sayMessage = useSayMessage()
  return (
    <Page>
      <PageTitle>{say('form.failed.title')}</PageTitle>
      <EmptyState
        icon="bang"
        tone="stop"
        action={
          <>
            <Button look="primary" busy={retry.isPending} onClick={() => retry.mutate()}>
              {say('error.retry')}
            </Button>
            <Link to={{ screen: 'coverage', launchId: caseKey.launchId }} className={buttonClass({})}>
              {say('form.failed.back')}
            </Link>
          </>
        }
      >
        <p>{view.failure === null ? say('error.unexpected') : sayMessage(view.failure)}</p>
        <p>{say('form.failed.kept')}</p>
      </EmptyState>
    </Page>
  )
}
