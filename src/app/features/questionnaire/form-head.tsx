/** What stands over the questions: the forms of the case, who else is here, who has which part, what the payer or the EHR say. */
import type { z } from 'zod'
import type { DelegationView, EditorView, FormSummary, FormView, delegateRequestSchema } from '#domain/contract/form.ts'
import type { LaunchView } from '#domain/contract/launch.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Notice } from '../../ui/notice.tsx'
import { conflictToMerge } from './ehr-merge.tsx'
import type { FormSaver } from './form-saver.ts'
import { useFormStore } from './form-store.ts'
import styles from './form-head.module.css'
import { useFormAction } from './use-form-action.ts'

/** Several forms of one case, with how far each is. */
export function FormList({
  forms,
  current,
  onChoose,
}: {
  forms: readonly FormSummary[]
  current: string
  onChoose: (formId: string) => void
}) {
  const say = useSay()
  if (forms.length < 2) return null
  const done = forms.filter(({ status }) => status === 'completed').length
  const answered = forms.reduce((sum, form) => sum + (form.answered ?? 0), 0)
  const total = forms.reduce((sum, form) => sum + (form.total ?? 0), 0)
  return (
    <nav className={styles.forms} aria-label={say('form.forms.label')}>
      <p className={styles.progress}>
        {say('form.forms.progress', { done, forms: forms.length, answered, total })}
        <progress value={answered} max={Math.max(1, total)} aria-label={say('form.forms.all')} />
      </p>
      <ul className={styles.list}>
        {forms.map((form, index) => (
          <li key={form.formId}>
            <button
              type="button"
              className={cx(styles.form, form.formId === current && styles.formCurrent)}
              aria-current={form.formId === current ? 'page' : undefined}
              onClick={() => onChoose(form.formId)}
            >
              <span>{form.title ?? say('form.forms.number', { number: index + 1 })}</span>
              <span className={styles.state}>
                {form.status === 'completed'
                  ? say('form.forms.completed')
                  : form.answered !== null && form.total !== null
                    ? say('form.forms.answered', { answered: form.answered, total: form.total })
                    : say('form.forms.notFilled')}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Who else has the form open, and where they are. */
export function Editors({ editors }: { editors: readonly EditorView[] }) {
  const say = useSay()
  const formats = useFormats()
  const store = useFormStore()
  if (editors.length === 0) return null
  const names = editors.map(({ name, itemKey }) => {
    const question = itemKey === null ? undefined : store.read().items.get(itemKey)?.text
    return question === undefined ? name : say('form.editors.at', { name, question })
  })
  return (
    <p className={styles.editors} role="status">
      {say('form.editors.here', { count: names.length, names: formats.list(names) })}
    </p>
  )
}

type Delegate = z.infer<typeof delegateRequestSchema>

/** Parts that somebody else has in hand, each with the way back. */
export function Delegations({ delegation, saver }: { delegation: readonly DelegationView[]; saver: FormSaver }) {
  const say = useSay()
  const formats = useFormats()
  const delegate = useFormAction<Delegate>(saver, 'delegation')
  return (
    <>
      <FailureNotice failure={delegate.error} />
      {delegation
        .filter(({ owner }) => owner === 'pa-staff')
        .map(({ part, owner, since, by, mayChange }) => (
          <Notice
            key={part}
            tone="open"
            action={
              mayChange && (
                <Button slim busy={delegate.isPending} onClick={() => delegate.mutate({ part, owner: 'clinician' })}>
                  {say('form.delegation.takeBack')}
                </Button>
              )
            }
          >
            {say(`form.delegation.with.${owner}`, {
              part: say(`form.part.${part}`),
              by,
              since: formats.dateTime(since),
            })}
          </Notice>
        ))}
    </>
  )
}

/** Hands the administrative part over; not there where the person may not, or staff have it already. */
export function HandOver({ view, launch, saver }: { view: FormView; launch: LaunchView; saver: FormSaver }) {
  const say = useSay()
  const delegate = useFormAction<Delegate>(saver, 'delegation')
  const admin = view.delegation.find(({ part }) => part === 'admin')
  if (launch.user.role !== 'clinician' || admin?.mayChange === false || admin?.owner === 'pa-staff') return null
  return (
    <>
      <Button busy={delegate.isPending} onClick={() => delegate.mutate({ part: 'admin', owner: 'pa-staff' })}>
        {say('form.delegation.hand')}
      </Button>
      <FailureNotice failure={delegate.error} />
    </>
  )
}

/** What the server has to say of this form, and how its copy in the EHR stands. */
export function FormNotices({ view, saver }: { view: FormView; saver: FormSaver }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const copy = useFormAction<{ onto: string | null }>(saver, 'ehr')
  const { ehr, conflict } = view
  const merge = conflictToMerge(view)
  return (
    <>
      {view.notices.map((notice, index) => (
        <Notice key={index} tone="open">
          {sayMessage(notice)}
        </Notice>
      ))}
      {(ehr.state === 'failed' || ehr.state === 'outdated' || (ehr.state === 'conflict' && merge === null)) && (
        <Notice
          tone="wait"
          action={
            <Button
              slim
              busy={copy.isPending}
              onClick={() => copy.mutate({ onto: conflict === null ? null : conflict.versionId })}
            >
              {say('form.ehr.save')}
            </Button>
          }
        >
          {say(`form.ehr.${ehr.state}`, { author: conflict?.author ?? say('form.conflicts.somebody') })}
        </Notice>
      )}
      <FailureNotice failure={copy.error} />
    </>
  )
}
