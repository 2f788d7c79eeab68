/**
 * Random worlds for property tests: logs of four datasets with many small campaigns each, independent of one another,
 * so one build checks them all. Values are few, so ties are common; some rows are repeated, contradictory or orphaned.
 */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { DATASETS, TABLES, type Table } from '../../contract/schema.ts'
import type { DatasetLogs, Logs } from './reference.ts'
import {
  type BannerPlan,
  type CampaignPlan,
  type ClickFault,
  type ClickPlan,
  type ConversionFault,
  type ConversionPlan,
  logsOf,
} from './world-logs.ts'

/** Campaigns in each of the four datasets of a world. */
const CAMPAIGNS_PER_DATASET = 40

/** How a world is laid out in files: nothing of it may matter. */
export interface Layout {
  readonly filesPerTable: number
  readonly shuffleSeed: number
}

/** Sums tie (0.25 + 0.25 and 0.5), zero counts as converted, and the last two round to 0.250000 and 0.000001. */
const REVENUES = ['0', '0.25', '0.5', '0.500000', '0.75', '1', '0.2499995', '0.0000009'] as const

const conversionPlan: fc.Arbitrary<ConversionPlan> = fc.record({
  revenue: fc.constantFrom(...REVENUES),
  fault: weighted<ConversionFault>({
    none: 20,
    duplicate: 2,
    'other revenue': 1,
    'other click': 1,
    orphan: 1,
    second: 2,
  }),
})

const clickFault = weighted<ClickFault>({
  none: 24,
  duplicate: 2,
  'other banner': 1,
  'other campaign': 1,
})

const plainClick: fc.Arbitrary<ClickPlan> = fc.record({
  fault: clickFault,
  conversion: fc.constant(null),
})

const convertedClick: fc.Arbitrary<ClickPlan> = fc.record({
  fault: clickFault,
  conversion: conversionPlan,
})

const impressions = fc.integer({ min: 0, max: 3 })

const shown: fc.Arbitrary<BannerPlan> = fc.record({
  impressions: fc.integer({ min: 1, max: 3 }),
  clicks: fc.constant([]),
})

const clicked: fc.Arbitrary<BannerPlan> = fc.record({
  impressions,
  clicks: fc.array(plainClick, { minLength: 1, maxLength: 3 }),
})

const converted: fc.Arbitrary<BannerPlan> = fc
  .tuple(
    impressions,
    fc.array(convertedClick, { minLength: 1, maxLength: 2 }),
    fc.array(plainClick, { maxLength: 1 }),
  )
  .map(([count, ...clicks]) => ({ impressions: count, clicks: clicks.flat() }))

/** Each kind of campaign aims at other rules. */
const campaignPlan: fc.Arbitrary<CampaignPlan> = fc.oneof(
  campaignOf(0, 14, [5, 0, 0]),
  campaignOf(0, 14, [4, 1, 0]),
  campaignOf(5, 14, [1, 4, 0]),
  campaignOf(0, 14, [6, 1, 2]),
  campaignOf(5, 14, [1, 4, 2]),
  campaignOf(5, 11, [1, 2, 6]),
  campaignOf(11, 14, [0, 1, 14]),
)

/** Worlds of 4 × {@link CAMPAIGNS_PER_DATASET} campaigns; a campaign may be empty, and then it is nowhere in the logs. */
export const worlds: fc.Arbitrary<Logs> = fc
  .tuple(datasetLogs(), datasetLogs(), datasetLogs(), datasetLogs())
  .map(([first, second, third, fourth]) => ({ 1: first, 2: second, 3: third, 4: fourth }))

/** Layouts of one to three files per table. */
export const layouts: fc.Arbitrary<Layout> = fc.record({
  filesPerTable: fc.integer({ min: 1, max: 3 }),
  shuffleSeed: fc.nat(),
})

/**
 * Writes a world as input files.
 *
 * @returns Path below the input folder, as `1/clicks_a.csv`, to content.
 */
export function csvFilesOf(
  world: Logs,
  { filesPerTable, shuffleSeed }: Layout = { filesPerTable: 1, shuffleSeed: 0 },
): Record<string, string> {
  const files: Record<string, string> = {}
  for (const dataset of DATASETS) {
    for (const table of TABLES) {
      const rows = world[dataset][table].map((row) => Object.values(row).join(','))
      const texts = splitRows(shuffled(rows, shuffleSeed), filesPerTable).map((part) =>
        [HEADERS[table], ...part, ''].join('\n'),
      )
      for (const [index, text] of texts.entries()) {
        files[`${dataset}/${table}_${'abc'.charAt(index)}.csv`] = text
      }
    }
  }
  return files
}

const HEADERS: Readonly<Record<Table, string>> = {
  impressions: 'banner_id,campaign_id',
  clicks: 'click_id,banner_id,campaign_id',
  conversions: 'conversion_id,click_id,revenue',
}

/** One part if two would be equal: the same bytes twice are a duplicate file, which is not read. */
function splitRows(rows: readonly string[], count: number): (readonly string[])[] {
  const size = Math.ceil(rows.length / count)
  const parts = Array.from({ length: count }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  )
  const distinct = new Set(parts.map((part) => part.join('\n')))
  return distinct.size === count ? parts : [rows]
}

function shuffled(rows: readonly string[], seed: number): string[] {
  return rows
    .map((row, index) => ({ row, key: createHash('md5').update(`${seed}|${index}`).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row)
}

function weighted<T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> {
  const options = Object.entries<number>(weights) as [T, number][]
  return fc.oneof(
    ...options.map(([value, weight]) => ({ arbitrary: fc.constant(value), weight })),
  ) as fc.Arbitrary<T>
}

function campaignOf(
  minLength: number,
  maxLength: number,
  [shownWeight, clickedWeight, convertedWeight]: readonly [number, number, number],
): fc.Arbitrary<CampaignPlan> {
  const banner = fc.oneof(
    { arbitrary: shown, weight: shownWeight },
    { arbitrary: clicked, weight: clickedWeight },
    { arbitrary: converted, weight: convertedWeight },
  )
  return fc.array(banner, { minLength, maxLength, size: 'max' })
}

function datasetLogs(): fc.Arbitrary<DatasetLogs> {
  const length = CAMPAIGNS_PER_DATASET
  return fc.array(campaignPlan, { minLength: length, maxLength: length }).map(logsOf)
}
