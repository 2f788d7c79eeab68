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
    // A browser or an engine may stall once on a busy machine; the report names what was tried twice. Tests that kill
    // at random moments are never tried twice: what one of them finds is a fault.
    retry: 1,
  },
})
