import { defineConfig } from 'vitest/config'

/** `npm run test:unit`: what needs no process, thread, port or database, in seconds. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/ci/**', '**/*.integration.test.ts'],
    testTimeout: 60_000,
    setupFiles: ['test/setup/unit.ts', 'test/setup/patience.ts'],
    // Modules are loaded once for all files: half of the time.
    isolate: false,
  },
})
