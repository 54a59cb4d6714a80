/** Names each skipped test at the end of a run, so that a skip is never silent. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test: TestCase) => `${module.relativeModuleId}: ${test.fullName}`),
    )
    process.stdout.write(
      skipped.length === 0
        ? 'No test was skipped.\n'
        : `${skipped.length} tests were skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}\n`,
    )
  }
}
