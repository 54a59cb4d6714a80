import { useState } from 'react'
import type { CaseView } from '#domain/contract/case.ts'
import { useBeginRequestForm, type CaseKey } from '../../api/queries.ts'
import { AnswerFacts } from '../../components/answer-facts.tsx'
import { FailureNotice } from '../../components/failure.tsx'
import { useNow } from '../../components/use-now.ts'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { navigate } from '../../router.tsx'
import { Button } from '../../ui/button.tsx'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import text from '../../ui/text.module.css'
import { AttachDocuments } from './attach-documents.tsx'
import styles from './decision.module.css'
import { useRequestName } from './use-request-name.ts'

type Request = CaseView['requests'][number]

/** Nothing is under way for it, and the payer still waits. */
const isOpen = ({ answered, answer }: Request): boolean => !answered && answer?.status !== 'sending'

const quiet = `${text.muted ?? ''} ${text.small ?? ''}`

/** What the payer asks for before it decides, and what was sent for it. */
export function InformationRequests({ caseKey, view }: { caseKey: CaseKey; view: CaseView }) {
  const say = useSay()
  const [answering, setAnswering] = useState<Request | null>(null)
  if (view.requests.length === 0) return null
  const { name, phone } = view.payer
  const ours = view.requests.filter((request) => isOpen(request) && request.elsewhere === null)
  const wantsForms = ours.every(({ asksForForm }) => asksForForm)
  return (
    <Panel labelledBy="case-requests">
      <PanelHeader>
        <h2 id="case-requests" className={styles.heading}>
          {say('case.requests.title', { payer: name })}
        </h2>
        {ours.length > 0 && (
          <p className={quiet}>
            {view.actions.includes('answer-request')
              ? say(wantsForms ? 'case.requests.howForm' : 'case.requests.howAttach', { payer: name })
              : phone === null
                ? say('case.requests.how', { payer: name })
                : say('case.requests.howPhone', { payer: name, phone })}
          </p>
        )}
      </PanelHeader>
      <ul>
        {view.requests.map((request) => (
          <RequestRow
            key={request.id}
            caseKey={caseKey}
            view={view}
            request={request}
            onAttach={() => setAnswering(request)}
          />
        ))}
      </ul>
      {answering !== null && (
        <AttachDocuments caseKey={caseKey} view={view} request={answering} onClose={() => setAnswering(null)} />
      )}
    </Panel>
  )
}

function RequestRow({
  caseKey,
  view,
  request,
  onAttach,
}: {
  caseKey: CaseKey
  view: CaseView
  request: Request
  onAttach: () => void
}) {
  const formats = useFormats()
  const say = useSay()
  const now = useNow()
  const { answer } = request
  const left = request.dueAt === null ? null : Date.parse(request.dueAt) - now
  return (
    <li className={styles.rowAcross}>
      <div>
        <p className={text.strong}>{useRequestName(request)}</p>
        <p className={quiet}>
          {request.lineSequence === null
            ? say('case.requests.whole')
            : say('case.requests.line', { line: request.lineSequence })}
          {request.dueAt !== null && left !== null && (
            <>
              {' · '}
              {left < 0
                ? say('case.requests.late', { at: formats.date(request.dueAt) })
                : say('case.requests.due', { at: formats.date(request.dueAt), span: formats.span(left) })}
            </>
          )}
        </p>
        {answer !== null && (
          <p className={quiet}>
            {say('case.requests.sentBy', {
              by: answer.by,
              at: formats.dateTime(answer.at),
              documents: answer.documents.join(', '),
            })}
          </p>
        )}
        {answer?.reason !== null && answer?.reason !== undefined && <q className={quiet}>{answer.reason}</q>}
        {!request.answered && answer?.status === 'unanswered' && (
          <p className={text.small}>{say('case.requests.unansweredNext', { payer: view.payer.name })}</p>
        )}
        {isOpen(request) && request.elsewhere !== null && (
          <p className={text.small}>
            {say('case.requests.elsewhere', { payer: view.payer.name, address: request.elsewhere })}
          </p>
        )}
        {request.facts.length > 0 && (
          <div className={text.small}>
            <Disclosure summary={say('line.details')}>
              <AnswerFacts facts={request.facts} />
            </Disclosure>
          </div>
        )}
      </div>
      <div className={text.row}>
        <RequestTag view={view} request={request} />
        {isOpen(request) &&
          request.elsewhere === null &&
          view.actions.includes('answer-request') &&
          (request.asksForForm ? (
            <FillForm caseKey={caseKey} request={request} />
          ) : (
            <Button onClick={onAttach}>{say('case.requests.attach')}</Button>
          ))}
      </div>
    </li>
  )
}

/** Leads to the payer's questionnaire, filled from the chart as far as it goes. */
function FillForm({ caseKey, request }: { caseKey: CaseKey; request: Request }) {
  const say = useSay()
  const begin = useBeginRequestForm(caseKey)
  const open = (): void =>
    begin.mutate(request.id, {
      onSuccess: ({ formId }) => void navigate({ screen: 'form', ...caseKey, form: formId }),
    })
  return (
    <>
      <Button busy={begin.isPending} onClick={open}>
        {say(request.formId === null ? 'case.requests.fill' : 'case.requests.goOn')}
      </Button>
      <FailureNotice failure={begin.error} />
    </>
  )
}

function RequestTag({ view, request: { answered, answer } }: { view: CaseView; request: Request }) {
  const say = useSay()
  if (answered)
    return (
      <Tag tone="ok" icon="check">
        {answer?.status === 'received'
          ? say('case.requests.received', { payer: view.payer.name })
          : say('case.requests.answered')}
      </Tag>
    )
  if (answer?.status === 'sending')
    return (
      <Tag tone="plain" icon="clock">
        {say('case.requests.sending', { count: answer.documents.length })}
      </Tag>
    )
  return (
    <Tag tone="wait" icon="bang">
      {answer?.status === 'refused'
        ? say('case.requests.refused')
        : say(answer?.status === 'unanswered' ? 'case.requests.unanswered' : 'case.requests.open')}
    </Tag>
  )
}
