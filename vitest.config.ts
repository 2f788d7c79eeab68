import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { COMPILED_THREADS } from './test/setup/compiled-threads.ts'

const TIMEOUTS = { testTimeout: 60_000, hookTimeout: 120_000 }

/** Whoever names files or folders of tests has all that is in them: `isEveryTest` of test/helpers/size.ts. */
const namesTests = process.argv.slice(2).some((word) => /^(\.\/)?test\/|\.test\b/.test(word))
const SHARED = { ...TIMEOUTS, env: namesTests ? { BANNER_POOLS_TESTS: 'every' } : {} }

/** Tests that replace a module (`vi.mock`), which works only in a process that has not loaded it before. */
const WITH_OWN_MODULES = readdirSync(join(import.meta.dirname, 'test'), { recursive: true })
  .map((name) => `test/${name}`)
  .filter((path) => path.endsWith('.test.ts') && !path.startsWith('test/ci/'))
  .filter((path) => readFileSync(join(import.meta.dirname, path), 'utf8').includes('vi.mock('))

/**
 * `npm test`: no network, no browser, no real data. `npm run test:unit` is its first part, in seconds. The suites of
 * `.ci/run` are in vitest.ci.config.ts.
 */
export default defineConfig({
  test: {
    // Vitest leaves one core free, which of two is half.
    maxWorkers: '100%',
    // What tests read and no module imports.
    forceRerunTriggers: ['**/package.json', '**/vitest*.config.ts', '**/sql/**/*.sql'],
    // A file that is as it was is not transformed again in the next run.
    experimental: { fsModuleCache: true },
    projects: [
      {
        test: {
          ...SHARED,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/ci/**', '**/*.integration.test.ts', ...WITH_OWN_MODULES],
          setupFiles: ['test/setup/unit.ts', 'test/setup/patience.ts'],
          // Modules are loaded once for all files.
          isolate: false,
        },
      },
      {
        resolve: { alias: COMPILED_THREADS },
        test: {
          ...SHARED,
          name: 'integration',
          include: ['test/**/*.integration.test.ts'],
          exclude: ['test/ci/**', ...WITH_OWN_MODULES],
          setupFiles: ['test/setup/one-thread.ts', 'test/setup/patience.ts'],
          globalSetup: ['test/setup/compile.mjs', 'test/setup/shared-builds.mjs'],
          isolate: false,
        },
      },
      {
        test: {
          ...SHARED,
          name: 'own modules',
          include: WITH_OWN_MODULES,
          setupFiles: ['test/setup/patience.ts'],
        },
      },
    ],
  },
})
