import type { CaseView } from '#domain/contract/case.ts'
import { PayerQuote } from '../../components/payer-quote.tsx'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Facts, type Fact } from '../../ui/facts.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Fault = CaseView['errors'][number]

/** What was rejected and has to be corrected before it is sent again. A rejection is no denial: nothing was decided. */
export function Rejections({ view }: { view: CaseView }) {
  const say = useSay()
  if (view.errors.length === 0) return null
  // `ready`: it could not be sent. In any other state the payer decided all the same.
  const isRejected = view.state === 'rejected' || view.state === 'ready'
  return (
    <Panel labelledBy="case-errors">
      <PanelHeader
        aside={
          isRejected && (
            <Tag tone="stop" icon="cross">
              {say('case.errors.tag')}
            </Tag>
          )
        }
      >
        <h2 id="case-errors" className={styles.heading}>
          {isRejected
            ? say('case.errors.title', { count: view.errors.length })
            : say('case.errors.beside.title', { payer: view.payer.name })}
        </h2>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>
          {say(isRejected ? 'case.errors.text' : 'case.errors.beside.text')}
        </p>
      </PanelHeader>
      <ul>
        {view.errors.map((fault, index) => (
          <FaultRow key={index} fault={fault} payer={view.payer.name} />
        ))}
      </ul>
    </Panel>
  )
}

/** Why the payer did not take a change. The request stands as it was: there is nothing to correct and send again. */
export function ChangeRefused({ view }: { view: CaseView }) {
  const say = useSay()
  if (view.changeErrors.length === 0) return null
  return (
    <Panel labelledBy="change-errors">
      <PanelHeader
        aside={
          <Tag tone="stop" icon="cross">
            {say('change.refused.tag')}
          </Tag>
        }
      >
        <h2 id="change-errors" className={styles.heading}>
          {say('change.refused.title', { payer: view.payer.name })}
        </h2>
        <p className={`${text.muted ?? ''} ${text.small ?? ''}`}>{say('change.refused.text')}</p>
      </PanelHeader>
      <ul>
        {view.changeErrors.map((fault, index) => (
          <FaultRow key={index} fault={fault} payer={view.payer.name} />
        ))}
      </ul>
    </Panel>
  )
}

function FaultRow({ fault, payer }: { fault: Fault; payer: string }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const facts: Fact[] = [
    { label: say('case.errors.code'), value: fault.code },
    { label: say('case.errors.element'), value: fault.element },
    { label: say('case.errors.path'), value: fault.path },
  ].filter(({ value }) => value !== null)
  return (
    <li className={styles.row}>
      <p className={text.strong}>{sayMessage(fault.text)}</p>
      {fault.followUp !== null && <p>{sayMessage(fault.followUp)}</p>}
      {fault.note !== null && <PayerQuote texts={[fault.note]} source={payer} />}
      <div className={text.small}>
        <Disclosure summary={say('line.details')}>
          <Facts facts={facts} />
        </Disclosure>
      </div>
    </li>
  )
}
