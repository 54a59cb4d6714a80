import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/** No measure of speed: on a busy machine a test takes several times as long. */
const common = { testTimeout: 180_000, hookTimeout: 180_000 }
/** Whole processes. */
const BROWSER = ['test/e2e/**/*.test.ts']
const SYSTEM = [
  'test/integration/faults*.test.ts',
  'test/integration/foreign-charts.test.ts',
  'test/conformance/official-validator.test.ts',
]
const INTEGRATION = ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts']
const integration = {
  ...common,
  environment: 'node' as const,
  include: INTEGRATION,
  exclude: SYSTEM,
}
/** One file at a time, after everything else. */
const alone = {
  ...common,
  environment: 'node' as const,
  fileParallelism: false,
  maxWorkers: 1,
}
const databaseUrl = process.env['TEST_DATABASE_URL'] ?? ''
/** Tests of rules and walls, which no database answers. */
const NO_DATABASE = [
  ...['bundle-checks', 'walls', 'cs-infusion', 'populate-command', 'request-round-trip'].map(
    (name) => `test/integration/${name}.test.ts`,
  ),
  ...[
    'sdc-populate',
    'planned-expressions',
    'dtr-form-features',
    'official-verdicts',
    'own-messages',
    'must-support-lists',
  ].map((name) => `test/conformance/${name}.test.ts`),
]

export default defineConfig({
  plugins: [react()],
  test: {
    reporters: ['default', './test/support/silence-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: 'unit',
          environment: 'node',
          include: ['src/domain/**/*.test.ts', 'server/**/*.test.ts', 'sandbox/**/*.test.ts', 'launch/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: { ...common, name: 'app', environment: 'jsdom', include: ['src/app/**/*.test.{ts,tsx}'] },
      },
      // On the embedded database always, and once more on PostgreSQL where one is named.
      {
        extends: true,
        test: { ...integration, name: 'integration', env: { TEST_DATABASE_URL: '' }, sequence: { groupOrder: 1 } },
      },
      ...(databaseUrl === ''
        ? []
        : [
            {
              extends: true as const,
              test: {
                ...integration,
                exclude: [...SYSTEM, ...NO_DATABASE],
                name: 'postgres',
                env: { TEST_DATABASE_URL: databaseUrl },
                sequence: { groupOrder: 2 },
              },
            },
          ]),
      { extends: true, test: { ...alone, name: 'system', include: SYSTEM, sequence: { groupOrder: 3 } } },
      // A browser that shares two processors is late now and then: tried once more, and named at the end of the run.
      { extends: true, test: { ...alone, name: 'e2e', include: BROWSER, retry: 1, sequence: { groupOrder: 4 } } },
    ],
  },
})
