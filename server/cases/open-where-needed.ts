/**
 * Opens the cases of a launch while the coverage screen is being shown, so that the form is filled by the time a person
 * asks for it, and staff find the work in their queue even if the clinician leaves. Only where the payer asks for
 * authorization or documents, and nothing else stands open.
 */
import type { CoverageView } from '#domain/contract/launch.ts'
import type { LaunchContext } from '../context.ts'
import type { BackgroundTasks } from '../coverage/background-tasks.ts'
import type { CoverageService } from '../coverage/coverage-service.ts'
import type { CaseService } from './case-service.ts'

const NEEDS_CASE: ReadonlySet<string> = new Set(['auth-needed', 'documentation-needed'])

/** The coverage service, opening cases behind what it shows. A failure shows when the person opens the case. */
export function openWhereNeeded(
  coverage: CoverageService,
  cases: Pick<CaseService, 'open'>,
  tasks: BackgroundTasks,
): CoverageService {
  const openFor = (launch: LaunchContext, view: CoverageView): void => {
    for (const group of view.groups) {
      if (group.caseId === null && NEEDS_CASE.has(group.state))
        tasks.run('open-case', () => cases.open(launch, group.groupId))
    }
  }
  const opening =
    <A extends readonly unknown[]>(show: (launch: LaunchContext, ...rest: A) => ReturnType<CoverageService['view']>) =>
    async (launch: LaunchContext, ...rest: A) => {
      const view = await show(launch, ...rest)
      if (view.ok) openFor(launch, view.value)
      return view
    }
  return { ...coverage, view: opening(coverage.view), choose: opening(coverage.choose), ask: opening(coverage.ask) }
}
