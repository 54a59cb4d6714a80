import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const common = { testTimeout: 20_000, hookTimeout: 60_000 }
/** Whole processes: one at a time, after everything else. */
const SYSTEM = [
  'test/e2e/**/*.test.ts',
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
  testTimeout: 60_000,
  hookTimeout: 120_000,
}
const databaseUrl = process.env['TEST_DATABASE_URL'] ?? ''
/** Tests of rules and walls, which no database answers. */
const NO_DATABASE = [
  ...['walls', 'cs-infusion', 'populate-command', 'request-round-trip'].map(
    (name) => `test/integration/${name}.test.ts`,
  ),
  ...['sdc-populate', 'planned-expressions', 'dtr-form-features', 'official-verdicts'].map(
    (name) => `test/conformance/${name}.test.ts`,
  ),
]

export default defineConfig({
  plugins: [react()],
  test: {
    reporters: ['default', './test/support/skipped-reporter.ts'],
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
      {
        extends: true,
        test: {
          ...common,
          name: 'e2e',
          environment: 'node',
          include: SYSTEM,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
