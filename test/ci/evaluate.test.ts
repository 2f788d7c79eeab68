/** The evaluation against its reference in Python, and on the real logs. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../contract/evaluation.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { evaluateLog } from '../../pipeline/evaluate/log.ts'
import { roundNumbers } from '../../pipeline/evaluate/round.ts'
import { csv } from '../helpers/builds.ts'
import { findDifferences } from '../helpers/evaluate/compare.ts'
import { makeRandomLogs } from '../helpers/evaluate/logs.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { size } from '../helpers/size.ts'

const REFERENCE = fileURLToPath(new URL('../helpers/evaluate/reference.py', import.meta.url))
const CSV = fileURLToPath(new URL('../../../shared/data/csv', import.meta.url))
const FIRST_SEED = 100

/** What the reference makes of an input folder. Needs NumPy and SciPy: .ci/requirements.txt. */
async function askReference(input: string, seed: number): Promise<unknown> {
  const { stdout } = await promisify(execFile)('python3', [REFERENCE, input, String(seed)], {
    maxBuffer: 1 << 28,
  })
  return JSON.parse(stdout)
}

function evaluate(
  input: string,
  changes: Partial<Parameters<typeof evaluateLog>[0]> = {},
): Promise<Evaluation> {
  const options = { ...BUILD_DEFAULTS, maxRejectShare: 1, isUngated: true }
  return evaluateLog({ ...options, input, out: '', ...changes })
}

/** Copies logs with their rows from the last to the first, and in two files each. */
async function turnRows(input: string, folder: string): Promise<string> {
  for (const name of await readdir(input, { recursive: true })) {
    if (!name.endsWith('.csv')) continue
    const [header = '', ...rows] = (await readFile(join(input, name), 'utf8')).trim().split('\n')
    const turned = rows.reverse()
    const half = Math.floor(turned.length / 2)
    await writeFiles(folder, {
      [name]: csv(header.trim(), turned.slice(half)),
      [name.replace('.csv', '_more.csv')]: csv(header.trim(), turned.slice(0, half)),
    })
  }
  return folder
}

describe('evaluateLog', () => {
  const seeds = Array.from({ length: size(2, 20) }, (_, index) => FIRST_SEED + index)

  it.each(seeds)('agrees with the reference on the random logs of seed %i', async (seed) => {
    await withFolder(async (folder) => {
      const input = join(folder, 'in')
      await writeFiles(input, makeRandomLogs(seed))

      const differences = findDifferences(
        await evaluate(input, { seed }),
        await askReference(input, seed),
      )

      expect(differences).toEqual([])
    })
  })
})

describe('the real logs', () => {
  it('have the figures of the reference, pool by pool', async () => {
    expect(findDifferences(await evaluate(CSV), await askReference(CSV, 0))).toEqual([])
  })

  it('have the figures that were worked out before', async () => {
    const { overall, pools, alternatives } = roundNumbers(await evaluate(CSV, { isUngated: false }))

    expect(overall).toEqual({
      ...{ impressions: 600_000, earned: 25.560235, naive: 292.975358 },
      honest: { value: 29.492691, low: 24.838605, high: 35.09141 },
      chance: { value: 30.771513, low: 30.205352, high: 31.356206 },
      lift: { value: -1.278822, low: -5.969492, high: 4.348451 },
      ...{ chi_square_per_df: 0.998523, p_value: 0.314966, different: 8, different_adjusted: 0 },
      ...{ mean_stability: 0.443355, agreement: 0.024758, agreement_by_chance: 0.024953 },
      clicks_follow_impressions: { slope: 0.006096, low: -0.007429, high: 0.019621 },
      verdict: 'no difference shown',
    })
    const adjusted = pools.map(({ p_adjusted }) => p_adjusted ?? 1)
    const stabilities = pools.flatMap(({ banners }) => banners.map(({ stability }) => stability))
    expect(pools.length).toBe(200)
    expect(Math.min(...adjusted)).toBe(0.658131)
    expect(Math.max(...stabilities)).toBe(0.8125)
    expect(new Set(pools.map(({ verdict }) => verdict))).toEqual(new Set(['no difference shown']))
    expect(alternatives.map(({ gain }) => gain)).toEqual([
      null,
      null,
      { value: 1.278822, low: -4.348451, high: 5.969492 },
    ])
  })

  it('have the same numbers, to the last digit, for any number of threads and order of rows', async () => {
    await withFolder(async (folder) => {
      const turned = await turnRows(CSV, folder)
      const one = await evaluate(CSV, { threads: 1 })
      const four = await evaluate(turned, { threads: 4 })

      expect(JSON.stringify(four)).toBe(JSON.stringify(one))
    })
  })

  it('would show a gain on noise per impression, were it not for the gate', async () => {
    const { alternatives } = roundNumbers(await evaluate(CSV))

    expect(alternatives[0]?.gain).toEqual({ value: 23.445597, low: 15.700129, high: 31.191065 })
    expect(alternatives[1]?.gain).toEqual({ value: 3.923693, low: 1.30981, high: 6.537577 })
  })
})
