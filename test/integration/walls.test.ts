import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const config = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as {
  forbidden: { name: string }[]
}
const STAGES = ['fhir', 'smart', 'context', 'crd', 'dtr', 'profile', 'pas', 'tracking', 'contract']

/** One forbidden import per rule: the file that breaks it, and what it imports. */
const PLANTED: Record<string, [file: string, imports: string]> = {
  'no-cycles': ['src/domain/fhir/cycle-a.ts', './cycle-b.ts'],
  unresolvable: ['server/lost.ts', './nowhere.ts'],
  'domain-is-pure': ['src/domain/fhir/impure.ts', 'fastify'],
  ...Object.fromEntries(
    STAGES.slice(0, -1).map((stage, index) => [
      `${stage}-before-${STAGES[index + 1]}`,
      [`src/domain/${stage}/early.ts`, `#domain/${STAGES[index + 1]}/late.ts`] as [string, string],
    ]),
  ),
  'app-stays-in-the-browser': ['src/app/api/reach.ts', '../../../server/main.ts'],
  'nobody-knows-the-sandbox': ['server/knows.ts', '../sandbox/scenarios.ts'],
  'sandbox-shares-only-fhir': ['sandbox/shares.ts', '#domain/pas/late.ts'],
  'features-do-not-meet': ['src/app/features/one/meet.ts', '../two/two.ts'],
  'ui-knows-no-fhir': ['src/app/ui/clinical.ts', '#domain/fhir/late.ts'],
  'launch-is-tiny': ['launch/big.ts', '#domain/dtr/late.ts'],
  'server-never-imports-the-app': ['server/renders.ts', '../src/app/main.ts'],
  'routes-take-injected-dependencies': ['server/routes/grabs.ts', '../store/store.ts'],
  'smart-is-auditable-alone': ['server/smart/leans.ts', '../store/store.ts'],
  'nobody-imports-tests': ['server/tested.ts', '../test/support/help.ts'],
}

const PLAIN = [
  ...STAGES.map((stage) => `src/domain/${stage}/late.ts`),
  'server/main.ts',
  'server/store/store.ts',
  'sandbox/scenarios.ts',
  'src/app/main.ts',
  'src/app/features/two/two.ts',
  'test/support/help.ts',
]

describe('the walls', () => {
  const tree = mkdtempSync(join(tmpdir(), 'walls-'))
  const violations = new Map<string, string[]>()

  beforeAll(() => {
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(tree, file)), { recursive: true })
      writeFileSync(join(tree, file), text)
    }
    for (const file of PLAIN) write(file, 'export const here = 1\n')
    for (const [file, imports] of Object.values(PLANTED))
      write(file, `import * as planted from '${imports}'\nexport const used = planted\n`)
    write('src/domain/fhir/cycle-b.ts', `import * as back from './cycle-a.ts'\nexport const used = back\n`)
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'package.json'])
      copyFileSync(join(ROOT, file), join(tree, file))
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
    const cli = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const output = execFileSync(
      process.execPath,
      [cli, '--output-type', 'json', 'src', 'server', 'launch', 'sandbox', 'test'],
      {
        cwd: tree,
        maxBuffer: 64 * 1024 * 1024,
        encoding: 'utf8',
      },
    )
    const report = JSON.parse(output) as { summary: { violations: { from: string; rule: { name: string } }[] } }
    for (const { from, rule } of report.summary.violations)
      violations.set(rule.name, [...(violations.get(rule.name) ?? []), from])
  })
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  it('has a planted import for every rule', () =>
    expect(Object.keys(PLANTED).sort()).toEqual(config.forbidden.map((rule) => rule.name).sort()))
  it.each(Object.entries(PLANTED))('%s catches a planted import', (rule, [file]) =>
    expect(violations.get(rule) ?? []).toContain(file),
  )
})
