/** Says at the end of a run what would else pass in silence: each test that was skipped, and each that passed at a second try. */
import type { Reporter, TestCase, TestModule } from 'vitest/node'

export default class SilenceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    const flaky = tests.filter((test) => test.diagnostic()?.flaky === true)
    process.stdout.write(skipped.length === 0 ? 'No test was skipped.\n' : list('Skipped', skipped))
    if (flaky.length > 0) process.stdout.write(list('Passed only when tried again', flaky))
  }
}

const list = (title: string, tests: readonly TestCase[]): string =>
  `${title}, ${tests.length}:\n${tests.map((test) => `  ${test.module.relativeModuleId}: ${test.fullName}\n`).join('')}`
