import { useId } from 'react'
import type { OrderGroupView } from '#domain/contract/launch.ts'
import { useAskPayer, useOpenCase } from '../../api/queries.ts'
import { FailureNotice } from '../../components/failure.tsx'
import { PayerQuote } from '../../components/payer-quote.tsx'
import { CaseTag, CoverageTag } from '../../components/state-tag.tsx'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { navigate } from '../../router.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/cx.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Panel, PanelBody, PanelFooter, PanelHeader } from '../../ui/panel.tsx'
import text from '../../ui/text.module.css'
import styles from './coverage.module.css'
import { DeterminationDetails } from './determination-details.tsx'
import { GroupFacts } from './group-facts.tsx'
import { groupAction, isUntouched, ordersDiffer } from './order-group-state.ts'
import { PlanAsks } from './plan-asks.tsx'

/** One card: orders that are authorized together. */
export function OrderGroup({
  launchId,
  group,
  primary,
  asked,
}: {
  launchId: string
  group: OrderGroupView
  primary: boolean
  /** False where something stood in the way and no payer was asked. */
  asked: boolean
}) {
  const titleId = useId()
  const say = useSay()
  const hasFacts = group.clocks.length > 0 || group.questionnaireCount !== null
  const brief = !hasFacts && group.quotes.length === 0 && !ordersDiffer(group)
  return (
    <Panel as="article" labelledBy={titleId}>
      <PanelHeader
        bare={brief}
        aside={
          <>
            <CoverageTag state={group.state} asked={asked} />
            {group.caseState !== null && !isUntouched(group) && <CaseTag state={group.caseState} />}
          </>
        }
      >
        <h2 id={titleId}>{group.title}</h2>
        <p className={cx(text.muted, text.small)}>
          {[
            say(`coverage.kind.${group.kind}`),
            group.diagnosis,
            group.requester === null ? null : say('coverage.orderedBy', { name: group.requester }),
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </p>
      </PanelHeader>
      {!brief && (
        <PanelBody>
          <div className={styles.columns}>
            <div className={styles.words}>
              <PlanAsks group={group} asked={asked} />
              {bySource(group.quotes).map((quote) => (
                <PayerQuote key={quote.texts.join()} {...quote} />
              ))}
              {ordersDiffer(group) && <OrderStates group={group} />}
            </div>
            {hasFacts && <GroupFacts group={group} />}
          </div>
        </PanelBody>
      )}
      <GroupFooter launchId={launchId} group={group} primary={primary} asked={asked} brief={brief} />
    </Panel>
  )
}

/** What one assertion says stands together, its source once. */
function bySource(quotes: OrderGroupView['quotes']) {
  const sources = new Map<string, { texts: string[]; source: string; assertionId: string | null }>()
  for (const { text: words, source, assertionId } of quotes) {
    const key = `${source} ${assertionId ?? ''}`
    const known = sources.get(key)
    if (known === undefined) sources.set(key, { texts: [words], source, assertionId })
    else known.texts.push(words)
  }
  return [...sources.values()]
}

/** The orders of a group whose answers differ, each with its own. */
function OrderStates({ group }: { group: OrderGroupView }) {
  return (
    <ul className={styles.orders}>
      {group.orders.map((order) => (
        <li key={order.reference} className={styles.order}>
          <span>
            {order.display} {order.code !== null && <span className={text.faint}>{order.code}</span>}
          </span>
          <CoverageTag state={order.determination.state} />
        </li>
      ))}
    </ul>
  )
}

/** What to do, and why. A group with little to say says it here, in one line. */
function GroupFooter({
  launchId,
  group,
  primary,
  asked,
  brief,
}: {
  launchId: string
  group: OrderGroupView
  primary: boolean
  asked: boolean
  brief: boolean
}) {
  const say = useSay()
  const sayMessage = useSayMessage()
  const open = useOpenCase(launchId)
  const ask = useAskPayer(launchId)
  const action = groupAction(group)
  const start = async (): Promise<void> => {
    const caseId = group.caseId ?? (await open.mutateAsync(group.groupId)).caseId
    await navigate({ screen: 'form', launchId, caseId })
  }
  const resume = (): Promise<void> => {
    const caseId = group.caseId
    if (caseId === null) return Promise.resolve()
    const screen = action === 'open' ? 'decision' : group.caseState === 'ready' ? 'review' : 'form'
    return navigate({ screen, launchId, caseId })
  }
  const look = primary ? 'primary' : 'plain'
  return (
    <PanelFooter>
      {brief && (
        <div className={styles.brief}>
          <PlanAsks group={group} asked={asked} />
        </div>
      )}
      {action === 'start' && (
        <Button look={look} iconAfter="arrow" busy={open.isPending} onClick={() => void start().catch(() => undefined)}>
          {say('coverage.complete')}
        </Button>
      )}
      {(action === 'continue' || action === 'open') && (
        <Button look={look} iconAfter="arrow" onClick={() => void resume()}>
          {say(
            action === 'open'
              ? 'coverage.openCase'
              : group.caseState === 'ready'
                ? 'coverage.continueReview'
                : 'coverage.continue',
          )}
        </Button>
      )}
      {action === 'ask-again' && asked && (
        <Button busy={ask.isPending} onClick={() => ask.mutate(group.groupId)}>
          {say('coverage.askAgain')}
        </Button>
      )}
      {!brief && group.nextStep !== null && action !== 'start' && (
        <span className={cx(text.muted, text.small, styles.next)}>
          {sayMessage(group.nextStep)} <span className={text.faint}>{say(`owner.${group.owner}`)}</span>
        </span>
      )}
      <div className={styles.why}>
        <Disclosure summary={say('coverage.why')}>
          <DeterminationDetails group={group} />
        </Disclosure>
      </div>
      <FailureNotice failure={open.error ?? ask.error} />
    </PanelFooter>
  )
}
