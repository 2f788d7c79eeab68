/**
 * Worlds of which the truth is known: the intervals of the evaluation hold it as often as the table in docs/evaluate.md
 * says, and its test finds differences as often where there are none. `bench/evaluate/run.ts` made the table.
 */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { CELLS, type Cell } from '../../bench/evaluate/cells.ts'
import { type Share, type Simulated, simulate } from '../../bench/evaluate/simulate.ts'
import { rangeOfCounts } from '../helpers/evaluate/binomial.ts'
import { size } from '../helpers/size.ts'

const DOCUMENT = new URL('../../docs/evaluate.md', import.meta.url)
const KINDS = ['sparse, s = 0', 'sparse, s = 1', 'uneven impressions, s = 0.5']
const CAMPAIGNS = [1, 50]
const WORLDS = size(30, 200)

/** Other worlds than those of the table. */
const SEED = 900

/** What a line of the table says, in percent; columns as in bench/evaluate/run.ts. */
async function readLine({ world, options }: Cell) {
  const lines = (await readFile(DOCUMENT, 'utf8')).split('\n')
  const line = lines.find((one) => one.startsWith(`| ${world} | ${options.campaigns} |`))
  if (line === undefined) throw new Error(`docs/evaluate.md has no line of ${world}`)
  const cells = line.split('|').map((cell) => Number.parseFloat(cell))
  const [, , , , brought = Number.NaN, , , , found = Number.NaN, foundSingle = Number.NaN] = cells
  return { brought, found, foundSingle }
}

const SELECTED = CELLS.filter(
  ({ world, options }) => KINDS.includes(world) && CAMPAIGNS.includes(options.campaigns),
)

describe('rangeOfCounts', () => {
  it.each([
    // SciPy's binom.cdf and sf.
    [0.95, 200, 179, 198],
    [0.05, 200, 2, 21],
    [0.987, 200, 191, 200],
    [0.5, 10, 0, 10],
  ])('of a share of %f in %i trials', (share, of, least, most) => {
    expect(rangeOfCounts(share, of)).toEqual({ least, most })
  })
})

describe('evaluateCampaigns', () => {
  it.each(SELECTED.map((cell) => ({ ...cell, campaigns: cell.options.campaigns })))(
    'holds the truth as often as documented: $world, campaigns $campaigns',
    async (cell) => {
      const { brought, found, foundSingle } = await readLine(cell)

      const simulated = simulate(cell.options, SEED + cell.seed, WORLDS)

      const isSingle = cell.options.campaigns === 1
      assertWithin(isSingle ? simulated.single : simulated.honest, brought)
      assertWithin(
        isSingle ? simulated.foundSingle : simulated.found,
        isSingle ? foundSingle : found,
      )
      assertNoBias(simulated)
    },
  )
})

/** 100 % is taken as what 299 of 300 worlds would be. */
function assertWithin({ count, of }: Share, percent: number): void {
  const { least, most } = rangeOfCounts(Math.min(percent / 100, 299 / 300), of)
  expect(count).toBeGreaterThanOrEqual(least)
  expect(count).toBeLessThanOrEqual(most)
}

/** Percent of the truth. Worlds of one campaign differ too much for it. */
function assertNoBias({ worlds, bias, single }: Simulated): void {
  if (single.of > worlds) expect(Math.abs(bias)).toBeLessThan(3)
}
