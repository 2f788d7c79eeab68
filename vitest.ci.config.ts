import { defineConfig } from 'vitest/config'
import { COMPILED_THREADS } from './test/setup/compiled-threads.ts'

/** The suites that need the real data, a browser or an engine; `.ci/run` installs these and then runs them. */
export default defineConfig({
  resolve: { alias: COMPILED_THREADS },
  test: {
    include: ['test/ci/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    globalSetup: ['test/setup/compile.mjs'],
    setupFiles: ['test/setup/patience.ts'],
    // A browser, an engine or the machine may stall once. What passes at the second try only is named at the end of
    // `.ci/run`, with its error: in a test that kills at random moments it may be a fault.
    retry: 1,
  },
})
