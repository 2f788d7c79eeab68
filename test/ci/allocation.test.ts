/** What a request for a banner takes of the heap: garbage is collected while visitors wait. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../helpers/count-allocated.ts', import.meta.url))

/** Megabytes. Requests of this test take a third of it, so that nothing is collected meanwhile. */
const YOUNG_MB = 64
const REQUESTS = 5_000

/** Node 20 takes 3,650 and 4,390; other versions differ by some hundred. */
const CASES = [
  { name: 'a request for a banner', mode: '', mostBytes: 5_000, leastWritten: 200 },
  // Two addresses with a token of 90 characters each.
  { name: 'a decision that it signs', mode: 'collecting', mostBytes: 5_500, leastWritten: 450 },
]

describe('the listener', () => {
  it.each(CASES)('allocates at most $mostBytes bytes for $name', async (options) => {
    const { mode, mostBytes, leastWritten } = options
    const flags = [
      '--expose-gc',
      `--min-semi-space-size=${YOUNG_MB}`,
      `--max-semi-space-size=${YOUNG_MB}`,
    ]
    const args = [...flags, '--import', 'tsx', SCRIPT, String(REQUESTS), mode]

    const { stdout } = await promisify(execFile)(process.execPath, args)

    const { bytes, written } = JSON.parse(stdout)
    expect(written).toBeGreaterThan(REQUESTS * leastWritten)
    expect(bytes).toBeGreaterThan(1_000)
    expect(bytes).toBeLessThan(mostBytes)
  })
})
