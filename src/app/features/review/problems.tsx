import type { ReviewView } from '#domain/contract/case.ts'
import type { CaseKey } from '../../api/queries.ts'
import { useSay, useSayMessage } from '../../i18n/use-say.ts'
import { Link } from '../../router.tsx'
import { Panel, PanelHeader } from '../../ui/panel.tsx'
import { Tag } from '../../ui/tag.tsx'
import styles from './review.module.css'

type Problem = ReviewView['problems'][number]

/** What stops the sending, then what should be known first, each with the way to where it is mended. */
export function Problems({ caseKey, problems }: { caseKey: CaseKey; problems: readonly Problem[] }) {
  const say = useSay()
  const sayMessage = useSayMessage()
  if (problems.length === 0) return null
  const blocks = problems.filter((problem) => problem.severity === 'blocks')
  const warns = problems.filter((problem) => problem.severity === 'warns')
  return (
    <Panel labelledBy="review-problems">
      <PanelHeader>
        <h2 id="review-problems" className={styles.heading}>
          {blocks.length > 0
            ? say('review.problems.blocks', { count: blocks.length })
            : say('review.problems.warns', { count: warns.length })}
        </h2>
      </PanelHeader>
      <ul className={styles.problems}>
        {[...blocks, ...warns].map((problem, index) => (
          <li key={index} className={styles.problem}>
            {problem.severity === 'blocks' ? (
              <Tag tone="stop" icon="cross">
                {say('review.problems.mustMend')}
              </Tag>
            ) : (
              <Tag tone="wait" icon="bang">
                {say('review.problems.shouldKnow')}
              </Tag>
            )}
            <span className={styles.problemText}>{sayMessage(problem.message)}</span>
            <ProblemLink caseKey={caseKey} problem={problem} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function ProblemLink({ caseKey, problem }: { caseKey: CaseKey; problem: Problem }) {
  const say = useSay()
  const { launchId, caseId } = caseKey
  switch (problem.screen) {
    case 'coverage':
      return <Link to={{ screen: 'coverage', launchId }}>{say('review.problems.toCoverage')}</Link>
    case 'form':
      return (
        <Link
          to={{
            screen: 'form',
            launchId,
            caseId,
            ...(problem.formId === null || problem.formId === 'main' ? {} : { form: problem.formId }),
            ...(problem.itemKey === null ? {} : { item: problem.itemKey }),
          }}
        >
          {say('review.problems.toForm')}
        </Link>
      )
    case 'review':
      return null
  }
}
