/** What a request for a banner takes of the heap: garbage is collected while visitors wait. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../helpers/count-allocated.ts', import.meta.url))

/** Megabytes. Requests of this test take a third of it, so that nothing is collected meanwhile. */
const YOUNG_MB = 64
const REQUESTS = 5_000

/** 3,650 on Node 20; other versions differ by some hundred. */
const MOST_BYTES = 5_000

describe('the listener', () => {
  it(`allocates at most ${MOST_BYTES} bytes for a request for a banner`, async () => {
    const flags = [
      '--expose-gc',
      `--min-semi-space-size=${YOUNG_MB}`,
      `--max-semi-space-size=${YOUNG_MB}`,
    ]
    const args = [...flags, '--import', 'tsx', SCRIPT, String(REQUESTS)]

    const { stdout } = await promisify(execFile)(process.execPath, args)

    const { bytes, written } = JSON.parse(stdout)
    expect(written).toBeGreaterThan(REQUESTS * 200)
    expect(bytes).toBeGreaterThan(1_000)
    expect(bytes).toBeLessThan(MOST_BYTES)
  })
})
