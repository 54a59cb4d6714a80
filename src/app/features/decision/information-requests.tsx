import type { CaseView } from '#domain/contract/case.ts'
import { useNow } from '../../components/use-now.ts'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

/** What the payer asks for before it decides. */
export function InformationRequests({ view }: { view: CaseView }) {
  const say = useSay()
  if (view.requests.length === 0) return null
  return (
    <Panel labelledBy="case-requests">
      <PanelHeader>
        <h2 id="case-requests" className={styles.heading}>
          {say('case.requests.title', { payer: view.payer.name })}
        </h2>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
          {view.payer.phone === null
            ? say('case.requests.how', { payer: view.payer.name })
            : say('case.requests.howPhone', { payer: view.payer.name, phone: view.payer.phone })}
        </p>
      </PanelHeader>
      <ul>
        {view.requests.map((request) => (
          <RequestRow key={request.id} request={request} />
        ))}
      </ul>
    </Panel>
  )
}

function RequestRow({ request }: { request: CaseView['requests'][number] }) {
  const say = useSay()
  const formats = useFormats()
  const now = useNow()
  const names = request.codes.map(({ code, text: words }) =>
    words === null ? say('case.requests.code', { code }) : words,
  )
  const left = request.dueAt === null ? null : Date.parse(request.dueAt) - now
  return (
    <li className={styles.rowAcross}>
      <div>
        <p className={text.strong}>{names.join(', ')}</p>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
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
      </div>
      {request.answered ? (
        <Tag tone="ok" icon="check">
          {say('case.requests.answered')}
        </Tag>
      ) : (
        <Tag tone="wait" icon="bang">
          {say('case.requests.open')}
        </Tag>
      )}
    </li>
  )
}
