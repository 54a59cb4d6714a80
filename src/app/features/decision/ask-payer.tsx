/** Ask the payer what it has, by number, by these lines or by the patient; and what it said to the last question. */
import { useId, useState } from 'react'
import type { CaseView, Inquiry } from '#domain/contract/case.ts'
import { useResolveCase, type CaseKey } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { period } from '../../components/line-table.tsx'
import { useFormats } from '../../i18n/format.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { Panel, PanelBody, PanelFooter, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type How = Exclude<Inquiry['how'], 'outcome'>

/** The narrowest first; a number can be asked by where there is one. */
function listHow({ lines }: CaseView): How[] {
  const hasNumber = lines.some(
    ({ authorizationNumber, trackingNumber }) => (authorizationNumber ?? trackingNumber) !== null,
  )
  return [...(hasNumber ? (['number'] as const) : []), 'item', 'patient']
}

export function AskPayer({ caseKey, view }: { caseKey: CaseKey; view: CaseView }) {
  const say = useSay()
  const name = useId()
  const resolve = useResolveCase(caseKey)
  const offered = listHow(view)
  const [how, setHow] = useState<How>(offered[0] ?? 'item')
  // While the outcome is unknown its own panel asks.
  const mayAsk = view.actions.includes('inquire') && view.unknown === null
  if (!mayAsk && view.inquiry === null) return null
  return (
    <Panel labelledBy={name}>
      <PanelHeader>
        <h2 id={name} className={styles.heading}>
          {say('ask.title', { payer: view.payer.name })}
        </h2>
      </PanelHeader>
      {view.inquiry !== null && (
        <PanelBody>
          <Said inquiry={view.inquiry} payer={view.payer.name} />
        </PanelBody>
      )}
      {mayAsk && (
        <PanelFooter>
          <fieldset className={styles.ways}>
            <legend className={text.hidden}>{say('ask.by')}</legend>
            {offered.map((one) => (
              <label key={one} className={styles.radio}>
                <input type="radio" name={name} checked={how === one} onChange={() => setHow(one)} />
                {say(`ask.how.${one}`)}
              </label>
            ))}
          </fieldset>
          <Button
            slim
            busy={resolve.isPending || view.inquiry?.state === 'asking'}
            onClick={() => resolve.mutate({ action: 'inquire', by: how })}
          >
            {say('ask.send')}
          </Button>
          <FailureNotice failure={resolve.error} />
        </PanelFooter>
      )}
    </Panel>
  )
}

/** What the payer said to the last question, or that it said nothing. */
function Said({ inquiry, payer }: { inquiry: Inquiry; payer: string }) {
  const say = useSay()
  const formats = useFormats()
  return (
    <>
      <p>{say(`ask.state.${inquiry.state}`, { payer, count: inquiry.others.length })}</p>
      <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
        {say('ask.asked', { by: inquiry.by, at: formats.dateTime(inquiry.at) })}
      </p>
      {inquiry.others.length > 0 && (
        <ul className={styles.differences}>
          {inquiry.others.map(({ numbers, statuses, validFrom, validTo }, index) => (
            <li key={index} className={styles.row}>
              <p className={text.strong}>{numbers.length === 0 ? say('ask.noNumber') : formats.list(numbers)}</p>
              <p>
                {formats.list(statuses.map((status) => say(`line.status.${status}`)))}
                {(validFrom ?? validTo) !== null && ` · ${period(validFrom, validTo, formats, say) ?? ''}`}
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
