/**
 * A month of a campaign, compressed: a better banner is added on the fourth day. With which share of exploring does it get into
 * the pool, and what do both ways earn? Ranked once a day by the four rules. Writes docs/exploration.svg.
 *
 *     npx tsx bench/events/month.ts [--months 500]
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Campaign, Counts } from '../../pipeline/evaluate/campaign.ts'
import { choosePool } from '../../pipeline/evaluate/choose.ts'
import { createRandom, type Random } from '../evaluate/random.ts'
import { median } from '../statistics.ts'
import { drawMonth } from './month-chart.ts'

const { values: flags } = parseArgs({ options: { months: { type: 'string', default: '500' } } })
const MONTHS = Number(flags.months)
const DAYS = 30
/** Counted from 0. */
const ADDED = 3
const IMPRESSIONS = 20_000
/** Conversions an impression of the banners that were there; each earns 1. The new one has three times that. */
const RATE = 0.002
const TIMES = 3
const SIZES = { top: 10, fill: 5 }
const SEED = 20261130

/** What a month came to. */
interface Month {
  /** Days from when the banner was added to when it was in the pool; null: not in this month. */
  readonly entered: number | null
  /** By day. */
  readonly revenue: readonly number[]
}

for (const banners of [8, 40]) {
  for (const share of [0, 0.02, 0.05, 0.1]) {
    const months = Array.from({ length: MONTHS }, (_, i) =>
      simulate(banners, share, createRandom(SEED + i)),
    )
    const entered = months.flatMap((month) => month.entered ?? []).sort((a, b) => a - b)
    const days =
      entered.length === 0
        ? 'never'
        : `in ${((100 * entered.length) / MONTHS).toFixed(0)} % of the months, after ${median(entered)} days (95 %: ${entered[Math.floor(0.95 * (entered.length - 1))]})`
    const revenue = months.reduce((sum, month) => sum + add(month.revenue), 0) / MONTHS
    console.log(
      `${banners} banners, exploring ${100 * share} %: in the pool ${days}; earned ${revenue.toFixed(0)}`,
    )
  }
}
const lines = [0, 0.05].map((share) => {
  const months = Array.from({ length: MONTHS }, (_, i) =>
    simulate(8, share, createRandom(SEED + i)),
  )
  return Array.from({ length: DAYS }, (_, day) => {
    return (
      (months.reduce((sum, { revenue }) => sum + (revenue[day] ?? 0), 0) / MONTHS / IMPRESSIONS) *
      1_000
    )
  })
})
await writeFile(new URL('../../docs/exploration.svg', import.meta.url), drawMonth(lines, ADDED))

function simulate(banners: number, share: number, random: Random): Month {
  const rates = Array.from({ length: banners + 1 }, (_, place) =>
    place < banners ? RATE : TIMES * RATE,
  )
  const counts = createCounts(rates.length)
  // What was collected before: each banner was shown as often.
  for (let place = 0; place < banners; place++)
    show(counts, place, (3 * IMPRESSIONS) / banners, rates, random)
  let entered: number | null = null
  const revenue: number[] = []
  for (let day = 0; day < DAYS; day++) {
    const known = day < ADDED ? banners : banners + 1
    const pool = choose(counts, known)
    if (entered === null && pool.includes(banners)) entered = day - ADDED
    const before = add(counts.converted)
    for (let place = 0; place < known; place++) {
      const chance = (pool.includes(place) ? (1 - share) / pool.length : 0) + share / known
      show(counts, place, IMPRESSIONS * chance, rates, random)
    }
    revenue.push(add(counts.converted) - before)
  }
  return { entered, revenue }
}

function createCounts(size: number): Counts {
  return {
    clicks: new Float64Array(size),
    converted: new Float64Array(size),
    revenues: new Float64Array(size),
  }
}

function show(
  counts: Counts,
  place: number,
  impressions: number,
  rates: readonly number[],
  random: Random,
): void {
  const conversions = random.poisson(impressions * (rates[place] ?? 0))
  counts.converted[place] = (counts.converted[place] ?? 0) + conversions
  counts.revenues[place] = (counts.revenues[place] ?? 0) + conversions
  counts.clicks[place] =
    (counts.clicks[place] ?? 0) + conversions + random.poisson(impressions * 0.05)
}

/** Candidates are banners with a click: one that nobody has seen is none. */
function choose(counts: Counts, known: number): readonly number[] {
  const candidates = Array.from({ length: known }, (_, place) => place).filter(
    (place) => (counts.clicks[place] ?? 0) > 0,
  )
  const pick = (column: Float64Array) =>
    Float64Array.from(candidates, (place) => column[place] ?? 0)
  const revenues = pick(counts.revenues)
  const own: Counts = { clicks: pick(counts.clicks), converted: pick(counts.converted), revenues }
  const campaign: Pick<Campaign, 'bannerIds' | 'tieRanks'> = {
    bannerIds: Float64Array.from(candidates, (place) => place + 1),
    tieRanks: Float64Array.from(candidates, (place) => place),
  }
  const { places } = choosePool({ campaign, counts: own, scores: revenues, sizes: SIZES })
  return places.map((place) => candidates[place] ?? 0)
}

function add(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
  return sum
}
