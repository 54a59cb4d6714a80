import tseslint from 'typescript-eslint'

/** Files are kebab-case, components too. */
const kebabCase = {
  meta: { type: 'suggestion', schema: [], messages: { name: 'File names are kebab-case: {{name}}' } },
  create: (context) => ({
    Program(node) {
      const name = context.filename.split('/').pop() ?? ''
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.(ts|tsx)$/.test(name))
        context.report({ node, messageId: 'name', data: { name } })
    },
  }),
}

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'vendor/**',
      '.precert/**',
      'scripts/**',
      '*.cjs',
      'eslint.config.js',
      'bench/peers/**',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vite.config.ts', 'vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { precert: { rules: { 'kebab-case': kebabCase } } },
    rules: {
      'precert/kebab-case': 'error',
      'no-console': 'error',
      'no-param-reassign': ['error', { props: false }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only server/config.ts reads the environment.' },
      ],
      eqeqeq: 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    },
  },
  {
    files: ['server/config.ts', 'sandbox/**', 'test/**', 'bench/**', '**/*.test.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['sandbox/start.ts', 'sandbox/play.ts', 'bench/**', 'server/main.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['vite.config.ts', 'vitest.config.ts', 'test/support/silence-reporter.ts'],
    rules: { 'no-restricted-exports': 'off', 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.test.ts', '**/*.test.tsx', 'test/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
)
