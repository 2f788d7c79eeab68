import { defineConfig } from 'vitest/config'

/** `npm test`: no network, no browser, no real data. The suites of `.ci/run` are in vitest.ci.config.ts. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/ci/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: ['test/setup/patience.ts'],
  },
})
