/** The kinds of worlds that are simulated. */
import type { WorldOptions } from './world.ts'

/** One line of the table. */
export interface Cell {
  readonly world: string
  readonly options: WorldOptions
  /** Seed of its worlds. */
  readonly seed: number
  /** Worlds for its share of the whole table's time. */
  readonly worlds: number
}

/** As many impressions, clicks and conversions a pool as the real logs have. */
const SPARSE: WorldOptions = {
  ...{ campaigns: 1, banners: 401, impressions: 3000 },
  ...{ clicksPerImpression: 0.3, conversionsPerClick: 0.1, spread: 0, unevenness: 0 },
  ...{ revenue: 'normal', clicksPerVisitor: 10, heavyShare: 0, isAllOrNone: false },
}

/** Forty banners and 180 clicks: how many of them convert decides which rule holds. */
const FEW: WorldOptions = { ...SPARSE, banners: 40, impressions: 600 }

/** A kind of world in several spreads and numbers of campaigns. */
interface Kind {
  readonly name: string
  readonly options: WorldOptions
  readonly spreads: readonly number[]
  readonly campaigns: readonly number[]
}

const KINDS: readonly Kind[] = [
  kind('sparse', SPARSE, { spreads: [0, 0.2, 0.5, 1], campaigns: [1, 50, 200] }),
  kind('uneven impressions', { ...SPARSE, unevenness: 1 }, { campaigns: [1, 50, 200] }),
  kind('5 to 9 converted', { ...FEW, conversionsPerClick: 0.04 }, { spreads: [0, 1] }),
  kind('1 to 4 converted', { ...FEW, conversionsPerClick: 0.014 }, { spreads: [0, 1] }),
  kind('0 or 1 converted', { ...FEW, conversionsPerClick: 0.003 }, { spreads: [0, 1] }),
  kind('revenue log-normal, sd 1', { ...SPARSE, revenue: { sd: 1 } }, { spreads: [0, 1] }),
  kind('revenue log-normal, sd 2', { ...SPARSE, revenue: { sd: 2 } }, { spreads: [0, 1] }),
  kind('10 clicks a visitor', { ...SPARSE, heavyShare: 1 }, { spreads: [0] }),
  kind(
    '10 clicks a visitor, all or none convert',
    { ...SPARSE, heavyShare: 1, isAllOrNone: true },
    { spreads: [0] },
  ),
  kind(
    'sparse × 100',
    { ...SPARSE, impressions: 300_000 },
    { spreads: [0, 0.2, 0.5, 1], campaigns: [1, 30] },
  ),
  kind('1 visitor in 100 clicks 10 times', { ...SPARSE, heavyShare: 0.01 }, { spreads: [0, 1] }),
]

function kind(
  name: string,
  options: WorldOptions,
  { spreads = [0, 0.5, 1], campaigns = [1, 50] }: Partial<Pick<Kind, 'spreads' | 'campaigns'>>,
): Kind {
  return { name, options, spreads, campaigns }
}

/** Worlds of one campaign: their standard error is 0.3 points. */
const SINGLE_WORLDS = 4000
const TOTAL_WORLDS = 1000

/** All lines of the table, by kind, number of campaigns and spread. */
export const CELLS: readonly Cell[] = KINDS.flatMap(({ name, options, spreads, campaigns }) =>
  campaigns.flatMap((count) =>
    spreads.map((spread) => ({
      world: `${name}, s = ${spread}`,
      options: { ...options, campaigns: count, spread },
      worlds: count === 1 ? SINGLE_WORLDS : TOTAL_WORLDS,
    })),
  ),
).map((cell, index) => ({ ...cell, seed: index + 1 }))
