import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { CaseView } from '#domain/contract/case.ts'
import { attachableQuery, useAttachDocuments, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'
import { useRequestName } from './use-request-name.ts'

/** Documents of the chart, a tick each, for one thing that the payer asks for. */
export function AttachDocuments({
  caseKey,
  view,
  request,
  onClose,
}: {
  caseKey: CaseKey
  view: CaseView
  request: CaseView['requests'][number]
  onClose: () => void
}) {
  const say = useSay()
  const formats = useFormats()
  const { data: documents, error } = useQuery(attachableQuery(caseKey))
  const attach = useAttachDocuments(caseKey)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const send = (): void =>
    attach.mutate({ requestId: request.id, references: [...chosen] }, { onSuccess: () => onClose() })
  const toggle = (reference: string, on: boolean): void =>
    setChosen(on ? [...chosen, reference] : chosen.filter((one) => one !== reference))
  return (
    <Dialog
      title={say('attach.title', { payer: view.payer.name })}
      closeLabel={say('shell.close')}
      onClose={onClose}
      footer={
        <Button look="primary" busy={attach.isPending} disabled={chosen.length === 0} onClick={send}>
          {chosen.length === 0 ? say('attach.sendNone') : say('attach.send', { count: chosen.length })}
        </Button>
      }
    >
      <p>{say('attach.for', { what: useRequestName(request) })}</p>
      {documents === undefined && error === null && <Skeleton label={say('attach.loading')} blocks={[28, 28, 28]} />}
      {documents?.length === 0 && <p className={text.muted}>{say('attach.none')}</p>}
      {documents !== undefined && documents.length > 0 && (
        <fieldset className={styles.recordLine}>
          <legend>{say('attach.choose')}</legend>
          {documents.map(({ reference, title, date }) => (
            <label key={reference} className={styles.radio}>
              <input
                type="checkbox"
                checked={chosen.includes(reference)}
                onChange={(event) => toggle(reference, event.target.checked)}
              />
              <span>
                {title}
                {date !== null && `, ${formats.date(date)}`}
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <FailureNotice failure={error ?? attach.error} />
    </Dialog>
  )
}
