import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BANNER_STATS_FILE,
  CURRENT_LINK,
  DATASETS,
  type Dataset,
  POOLS_FILE,
} from '../../../contract/schema.ts'
import { readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { CASES, countCases } from '../../helpers/coverage.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { type Logs, type Reference, referenceOf } from '../../helpers/reference.ts'
import type { ReferencePoolRow, ReferenceStatsRow } from '../../helpers/reference-rules.ts'
import { size } from '../../helpers/size.ts'
import { csvFilesOf, layouts, worlds } from '../../helpers/worlds.ts'

/** Of 160 campaigns each, a few of them empty. A build takes about half a second. */
const WORLDS = size(2, 25)

interface Artifacts {
  readonly pools: readonly ReferencePoolRow[]
  readonly stats: readonly ReferenceStatsRow[]
}

async function build(files: Readonly<Record<string, string>>, seed: number): Promise<Artifacts> {
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'input'), join(folder, 'out')]
    await writeFiles(input, files)
    await buildPools({ ...BUILD_DEFAULTS, input, out, seed, maxRejectShare: 1 })
    return withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, async (connection) => {
      const read = <T extends object>(file: string) =>
        readRows<T>(
          connection,
          // In file order: the order of the rows is part of the contract.
          'select * replace (cast(revenue as varchar) as revenue) from read_parquet($path)',
          { path: join(out, CURRENT_LINK, file) },
        )
      return {
        pools: await read<ReferencePoolRow>(POOLS_FILE),
        stats: await read<ReferenceStatsRow>(BANNER_STATS_FILE),
      }
    })
  })
}

function referencesOf(world: Logs, seed: number): Reference[] {
  return DATASETS.map((dataset) => referenceOf(dataset, world[dataset], seed))
}

/** The campaigns of a world are independent, so naming the first that differs takes the place of shrinking. */
function firstDifference(actual: Artifacts, expected: Artifacts) {
  for (const { dataset, campaign_id } of [...expected.stats, ...actual.stats]) {
    const [ours, theirs] = [actual, expected].map(({ pools, stats }) => ({
      pools: pools.filter((row) => isOf(row, dataset, campaign_id)),
      stats: stats.filter((row) => isOf(row, dataset, campaign_id)),
    }))
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) return { ours, theirs }
  }
  return null
}

function isOf(row: ReferencePoolRow | ReferenceStatsRow, dataset: Dataset, campaignId: number) {
  return row.dataset === dataset && row.campaign_id === campaignId
}

describe('buildPools', () => {
  it('publishes the pools and statistics of the reference for random logs', async () => {
    const seen: Reference[] = []
    const property = fc.asyncProperty(worlds, layouts, fc.nat(), async (world, layout, seed) => {
      const references = referencesOf(world, seed)
      const expected = {
        pools: references.flatMap(({ pools }) => pools),
        stats: references.flatMap(({ stats }) => stats),
      }

      const actual = await build(csvFilesOf(world, layout), seed)

      const difference = firstDifference(actual, expected)
      expect(difference?.ours).toEqual(difference?.theirs)
      expect(actual).toEqual(expected)
      seen.push(...references)
    })

    // A fixed seed: the counts below are of these worlds. Another number looks at others.
    await fc.assert(property, { numRuns: WORLDS, seed: 2, endOnFailure: true })

    expectCoverage(seen)
  }, 300_000)
})

/** Shows that there was something to get wrong. */
function expectCoverage(references: readonly Reference[]): void {
  const campaigns = references.flatMap(({ stats }) => [
    ...new Set(stats.map((row) => row.campaign_id)),
  ])
  const leftOut = references.map((reference) => reference.leftOut)
  const cases = countCases(references)

  expect(campaigns.length).toBeGreaterThan(120 * WORLDS)
  expect(CASES.filter((name) => cases[name] < size(1, 20))).toEqual([])
  for (const fault of ['duplicates', 'conflicts', 'orphans'] as const) {
    expect(leftOut.reduce((sum, counts) => sum + counts[fault], 0)).toBeGreaterThan(20 * WORLDS)
  }
}
