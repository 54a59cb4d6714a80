import { useQueryClient } from '@tanstack/react-query'
import type { CoverageView } from '#domain/contract/launch.ts'
import { coverageQuery } from '../../api/queries.ts'
import { useSay } from '../../i18n/use-say.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import type { IconName } from '../../ui/icon.tsx'
import text from '../../ui/text.module.css'

type Problem = NonNullable<CoverageView['problem']>

const LOOKS: Readonly<Record<Problem['reason'], { icon: IconName; tone: 'open' | 'wait' | 'stop' }>> = {
  'no-coverage': { icon: 'ask', tone: 'open' },
  'several-coverages': { icon: 'bang', tone: 'wait' },
  'unknown-payer': { icon: 'ask', tone: 'open' },
  'no-orders': { icon: 'list', tone: 'open' },
  'chart-unreadable': { icon: 'cross', tone: 'stop' },
}

/** What stands in the way, what it means, and what to do. */
export function CoverageProblem({ launchId, problem }: { launchId: string; problem: Problem }) {
  const say = useSay()
  const client = useQueryClient()
  return (
    <EmptyState
      {...LOOKS[problem.reason]}
      title={say(`problem.${problem.reason}.title`, problem.params ?? {})}
      action={
        <Button onClick={() => void client.invalidateQueries({ queryKey: coverageQuery(launchId).queryKey })}>
          {say('problem.readAgain')}
        </Button>
      }
    >
      <p>{say(`problem.${problem.reason}.text`, problem.params ?? {})}</p>
      <p className={text.muted}>{say(`problem.${problem.reason}.todo`, problem.params ?? {})}</p>
    </EmptyState>
  )
}
