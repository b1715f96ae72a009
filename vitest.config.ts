import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    dir: 'test',
    include: ['**/*.test.ts'],
    globalSetup: ['test/e2e/find-chromium.ts'],
    reporters: ['default', ['json', { outputFile: 'test/output/results.json' }]],
    testTimeout: 240_000,
    hookTimeout: 180_000,
  },
})
