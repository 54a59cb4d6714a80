import type { ReviewView } from '#domain/contract/case.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Facts } from '../../ui/facts.tsx'
import { PanelBody } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'

/** The diagnosis codes that go out, each with where it comes from: payers decide by them. */
export function Diagnoses({ diagnoses }: { diagnoses: ReviewView['diagnoses'] }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  if (diagnoses.length === 0) return null
  return (
    <PanelBody>
      <h3 className={text.small}>{say('review.diagnosis.title')}</h3>
      <Facts
        facts={diagnoses.map(({ code, name, source }) => ({
          label: code,
          value: (
            <>
              {name !== null && `${name} `}
              <span className={text.muted}>{sayMessage(source)}</span>
            </>
          ),
        }))}
      />
    </PanelBody>
  )
}
