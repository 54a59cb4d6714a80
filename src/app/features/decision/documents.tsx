import type { CaseView } from '#domain/contract/case.ts'
import { useOpenDocument } from '../../api/use-open-document.ts'
import type { CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Document = CaseView['documents'][number]

/** The signed summary and whether it stands in the chart. */
export function Documents({ caseKey, documents }: { caseKey: CaseKey; documents: readonly Document[] }) {
  const say = useSay()
  if (documents.length === 0) return null
  return (
    <Panel labelledBy="case-documents">
      <PanelHeader>
        <h2 id="case-documents" className={styles.heading}>
          {say('case.documents.title')}
        </h2>
      </PanelHeader>
      <ul>
        {documents.map((document) => (
          <DocumentRow key={document.documentId} caseKey={caseKey} document={document} />
        ))}
      </ul>
    </Panel>
  )
}

function DocumentRow({ caseKey, document }: { caseKey: CaseKey; document: Document }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const formats = useFormats()
  const open = useOpenDocument(caseKey)
  return (
    <li className={styles.rowAcross}>
      <div>
        <p className={text.strong}>{document.title}</p>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
          {formats.dateTime(document.createdAt)}
          {document.writtenToChart !== null &&
            ` · ${say('case.documents.inChart', { reference: document.writtenToChart })}`}
        </p>
        {document.writtenToChart !== null && (
          <div className={text.small}>
            <Disclosure summary={say('line.details')}>
              <Facts facts={[{ label: say('evidence.reference'), value: document.writtenToChart }]} />
            </Disclosure>
          </div>
        )}
        {document.writeFailure !== null && (
          <Tag tone="wait" icon="bang">
            {sayMessage(document.writeFailure)}
          </Tag>
        )}
      </div>
      <Button slim icon="doc" busy={open.isPending} onClick={() => open.mutate(document.documentId)}>
        {say('case.documents.open')}
      </Button>
      <FailureNotice failure={open.error} />
    </li>
  )
}
