/**
 * Schemathesis against the running server, with all its checks, in each quarter of the hour: what `/openapi.json` says is
 * so, for what it permits and for what it does not.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { withServer } from '../helpers/fixed-clock.ts'
import { withFolder } from '../helpers/folders.ts'
import { poolsOf } from '../helpers/pools.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'
import { optionsWith } from '../server/app-with.ts'

const run = promisify(execFile)
const SEED = 20261101
const CONFIG = join(import.meta.dirname, 'schemathesis.toml')

/** Campaign 12, which is the example, has another pool in each quarter, and 8 has one in the first only. */
const POOLS = poolsOf({
  8: { 1: [20] },
  9: [50],
  12: { 1: [30, 10], 2: [10, 40, 50], 3: [60], 4: Array.from({ length: 10 }, (_, i) => 70 + i) },
})

/** Says `Test cases: 805 generated, 805 passed` and the like; exits 1 where there is a finding. */
async function runSchemathesis(url: string, folder: string): Promise<string> {
  const examples = String(size(20, 200))
  const flags = ['--checks', 'all', '--max-examples', examples, '--seed', String(SEED)]
  const words = ['--config-file', CONFIG, 'run', `${url}/openapi.json`, ...flags, '--no-color']
  const { stdout } = await run('schemathesis', words, { cwd: folder }).catch((error) => {
    throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
  })
  return stdout
}

describe('schemathesis', () => {
  it.each([
    [1, '2026-11-01T09:07:00Z'],
    [2, '2026-11-01T09:20:00Z'],
    [3, '2026-11-01T09:44:59Z'],
    [4, '2026-11-01T09:45:00Z'],
  ])('finds nothing in quarter %i', async (dataset, moment) => {
    const failures: Error[] = []
    const options = optionsWith({
      pools: () => POOLS,
      now: () => new Date(moment),
      random: seededRandom(SEED),
      logError: (error) => {
        failures.push(error)
        return 'failed'
      },
    })
    await withServer(options, async (url) => {
      const banner = await (await fetch(`${url}/campaigns/12`)).json()
      expect(banner).toMatchObject({ dataset })

      const said = await withFolder((folder) => runSchemathesis(url, folder))

      expect(said).toMatch(/Tested: 5\n/)
      expect(said).toMatch(/\d+ generated, \d+ passed/)
    })
    expect(failures).toEqual([])
  })
})
