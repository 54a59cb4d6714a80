import type { CaseView } from '#domain/contract/case.ts'
import { AnswerFacts } from '../../components/answer-facts.tsx'
import { useSay, type Say } from '../../i18n/use-say.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './decision.module.css'

type Section = CaseView['answer'][number]

/** The payer's whole answer, one part after the other, for whoever needs more than the decision. */
export function AnswerDetails({ view }: { view: CaseView }) {
  const say = useSay()
  if (view.answer.length === 0) return null
  return (
    <Panel labelledBy="case-answer">
      <PanelHeader>
        <h2 id="case-answer" className={styles.heading}>
          {say('answer.title', { payer: view.payer.name })}
        </h2>
      </PanelHeader>
      <ul>
        {view.answer.map((section, index) => (
          <li key={index} className={`${styles.row ?? ''} ${text.small ?? ''}`}>
            {/* A line that nobody asked for has no other place on the screen. */}
            <Disclosure summary={sectionTitle(section, view, say)} open={section.about === 'added'}>
              <AnswerFacts facts={section.facts} />
            </Disclosure>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function sectionTitle({ about, sequence }: Section, { lines, payer }: CaseView, say: Say): string {
  const line = sequence ?? 0
  const title = lines.find((one) => one.sequence === sequence)?.title
  const words = say(`answer.section.${about}`, { line, payer: payer.name })
  return title === undefined ? words : `${words}: ${title}`
}
