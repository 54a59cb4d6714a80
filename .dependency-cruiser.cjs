// The walls of the house (docs/decisions/0002). test/integration/walls.test.ts plants a forbidden import for each rule.
const STAGES = ['fhir', 'smart', 'context', 'crd', 'dtr', 'profile', 'pas', 'tracking', 'contract']
const rule = (name, from, to) => ({ name, severity: 'error', from, to })
const notTest = '[.]test[.]tsx?$'

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    rule('unresolvable', {}, { couldNotResolve: true }),
    rule(
      'domain-is-pure',
      { path: '^src/domain/', pathNot: notTest },
      { pathNot: ['^src/domain/', '^node_modules/(fhirpath|zod|@types/fhir|temporal-polyfill|temporal-spec)/'] },
    ),
    ...STAGES.slice(0, -1).map((stage, index) =>
      rule(
        `${stage}-before-${STAGES[index + 1]}`,
        { path: `^src/domain/${stage}/`, pathNot: notTest },
        { path: `^src/domain/(${STAGES.slice(index + 1).join('|')})/`, dependencyTypesNot: ['type-only'] },
      ),
    ),
    rule(
      'app-stays-in-the-browser',
      { path: '^src/(?!domain/)' },
      { path: '^(server|launch|sandbox|test|fhir-profiles)/' },
    ),
    rule('nobody-knows-the-sandbox', { path: '^(src|server|launch)/' }, { path: '^sandbox/' }),
    rule(
      'sandbox-shares-only-fhir',
      { path: '^sandbox/', pathNot: '^sandbox/start[.]ts$' },
      { path: '^(server|launch|src)/', pathNot: '^src/domain/(fhir/|result[.]ts$|time[.]ts$)' },
    ),
    rule(
      'features-do-not-meet',
      { path: '^src/app/features/([^/]+)/' },
      { path: '^src/app/features/', pathNot: '^src/app/features/$1/' },
    ),
    rule('ui-knows-no-fhir', { path: '^src/app/ui/' }, { path: '^src/(domain|app/(api|features|routes))/' }),
    rule(
      'launch-is-tiny',
      { path: '^launch/', pathNot: notTest },
      { pathNot: ['^launch/', '^src/domain/(smart/|result[.]ts$)'] },
    ),
    rule('server-never-imports-the-app', { path: '^server/' }, { path: '^(src/(?!domain/)|launch/|test/)' }),
    rule(
      'routes-take-injected-dependencies',
      { path: '^server/routes/', pathNot: notTest },
      { path: '^server/(store|clients|smart)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'smart-is-auditable-alone',
      { path: '^server/smart/', pathNot: notTest },
      { path: '^server/(?!smart/)', dependencyTypesNot: ['type-only'] },
    ),
    rule('nobody-imports-tests', { path: '^(src|server|launch|sandbox)/', pathNot: notTest }, { path: '^test/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/[.]types)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.json'],
    },
  },
}
