import { useId, useState } from 'react'
import type { CoverageView } from '#domain/contract/launch.ts'
import { useChooseCoverage } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Panel, PanelBody, PanelFooter, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './coverage.module.css'

type Coverages = CoverageView['coverages']

/** Several active coverages: a person says which one the request goes to. Chosen once, it can be changed here. */
export function CoverageChoice({
  launchId,
  coverages,
  open,
}: {
  launchId: string
  coverages: Coverages
  open: boolean
}) {
  const say = useSay()
  const [changing, setChanging] = useState(false)
  const chosen = coverages.find((coverage) => coverage.chosen)
  if (!open && !changing && chosen !== undefined)
    return (
      <p className={styles.chosen}>
        <span>{say('coverage.choice.using', { coverage: describe(chosen) })}</span>
        <Button look="quiet" slim onClick={() => setChanging(true)}>
          {say('coverage.choice.change')}
        </Button>
      </p>
    )
  return <ChoiceForm launchId={launchId} coverages={coverages} primary={open} onDone={() => setChanging(false)} />
}

function ChoiceForm({
  launchId,
  coverages,
  primary,
  onDone,
}: {
  launchId: string
  coverages: Coverages
  primary: boolean
  onDone: () => void
}) {
  const say = useSay()
  const name = useId()
  const [picked, setPicked] = useState(coverages.find((coverage) => coverage.chosen)?.reference ?? null)
  const choose = useChooseCoverage(launchId)
  return (
    <Panel labelledBy={`${name}-title`}>
      <PanelHeader>
        <h2 id={`${name}-title`}>{say('coverage.choice.title')}</h2>
        <p className={cx(text.muted, text.small)}>{say('coverage.choice.text')}</p>
      </PanelHeader>
      <PanelBody>
        <fieldset>
          <legend className={text.hidden}>{say('coverage.choice.title')}</legend>
          {coverages.map((coverage) => (
            <label key={coverage.reference} className={styles.option}>
              <input
                type="radio"
                name={name}
                checked={picked === coverage.reference}
                onChange={() => setPicked(coverage.reference)}
              />
              <span>
                <span className={text.strong}>{coverage.payerName}</span>
                {coverage.plan !== null && ` · ${coverage.plan}`}
                <span className={styles.member}>
                  {coverage.memberId !== null && say('coverage.choice.member', { id: coverage.memberId })}
                  {coverage.payer === null && ` ${say('coverage.choice.unregistered')}`}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      </PanelBody>
      <PanelFooter>
        <Button
          look={primary ? 'primary' : 'plain'}
          disabled={picked === null}
          busy={choose.isPending}
          onClick={() => {
            if (picked !== null) choose.mutate(picked, { onSuccess: onDone })
          }}
        >
          {say('coverage.choice.ask')}
        </Button>
        {picked === null && <span className={cx(text.muted, text.small)}>{say('coverage.choice.pick')}</span>}
        <FailureNotice failure={choose.error} />
      </PanelFooter>
    </Panel>
  )
}

function describe(coverage: Coverages[number]): string {
  return [coverage.payerName, coverage.plan, coverage.memberId].filter((part) => part !== null).join(', ')
}
