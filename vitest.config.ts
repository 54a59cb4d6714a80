import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const common = { testTimeout: 20_000, hookTimeout: 60_000 }

export default defineConfig({
  plugins: [react()],
  test: {
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
      {
        extends: true,
        test: {
          ...common,
          name: 'integration',
          environment: 'node',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
