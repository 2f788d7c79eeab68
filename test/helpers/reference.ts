/**
 * The business rules once more, as naive as possible, from design.md's words alone: what the SQL is tested against.
 * Shares no code with the pipeline. Money is counted in whole millionths.
 */
import { createHash } from 'node:crypto'
import type { Dataset } from '../../contract/schema.ts'
import {
  type Banner,
  poolRows,
  type ReferencePoolRow,
  type ReferenceStatsRow,
  RULES,
  type Sizes,
  statsRows,
} from './reference-rules.ts'

export interface Impression {
  readonly banner_id: number
  readonly campaign_id: number
}

export interface Click extends Impression {
  readonly click_id: number
}

export interface Conversion {
  readonly conversion_id: number
  readonly click_id: number
  /** Plain decimal, as in the file. */
  readonly revenue: string
}

/** The rows of one dataset as logged: repeated, contradictory or orphaned as they may be. */
export interface DatasetLogs {
  readonly impressions: readonly Impression[]
  readonly clicks: readonly Click[]
  readonly conversions: readonly Conversion[]
}

export type Logs = Readonly<Record<Dataset, DatasetLogs>>

/** Rows that do not count, by why. */
interface LeftOut {
  readonly duplicates: number
  readonly conflicts: number
  readonly orphans: number
}

/** Both artifacts in their documented order, and what was left out, for one dataset. */
export interface Reference {
  readonly pools: readonly ReferencePoolRow[]
  readonly stats: readonly ReferenceStatsRow[]
  readonly leftOut: LeftOut
}

/** Computes what a build must publish for one dataset. */
export function referenceOf(
  dataset: Dataset,
  logs: DatasetLogs,
  seed: number,
  sizes: Sizes = RULES,
): Reference {
  const clicks = uniqueById(logs.clicks, (row) => row.click_id)
  const conversions = uniqueById(
    logs.conversions.map((row) => ({ ...row, revenue: millionthsOf(row.revenue) })),
    (row) => row.conversion_id,
  )
  const clickOf = new Map(clicks.kept.map((click) => [click.click_id, click]))
  const converted = conversions.kept.flatMap(({ click_id, revenue }) => {
    const click = clickOf.get(click_id)
    return click === undefined ? [] : [{ ...click, revenue }]
  })

  const banners = new Map<string, Banner>()
  const bannerOf = ({ campaign_id, banner_id }: Impression): Banner => {
    const key = `${campaign_id}|${banner_id}`
    const banner =
      banners.get(key) ?? newBanner(campaign_id, banner_id, `${seed}|${dataset}|${key}`)
    banners.set(key, banner)
    return banner
  }
  for (const row of logs.impressions) bannerOf(row).impressions += 1
  for (const row of clicks.kept) bannerOf(row).clicks += 1
  for (const row of converted) {
    bannerOf(row).conversions += 1
    bannerOf(row).millionths += row.revenue
  }

  const campaigns = groupBy([...banners.values()], (banner) => banner.campaignId)
  const ordered = [...campaigns].sort(([a], [b]) => a - b).map(([, candidates]) => candidates)
  return {
    pools: ordered.flatMap((candidates) => poolRows(dataset, candidates, sizes)),
    stats: ordered.flatMap((candidates) => statsRows(dataset, candidates, sizes)),
    leftOut: {
      duplicates: clicks.duplicates + conversions.duplicates,
      conflicts: clicks.conflicts + conversions.conflicts,
      orphans: conversions.kept.length - converted.length,
    },
  }
}

/** Converts a plain decimal to millionths, rounded half up: `0.0000005` is 1. */
export function millionthsOf(revenue: string): bigint {
  const [whole = '', decimals = ''] = revenue.split('.')
  const digits = decimals.padEnd(7, '0')
  const millionths = BigInt(`${whole}${digits.slice(0, 6)}`)
  return Number(digits[6]) >= 5 ? millionths + 1n : millionths
}

/** Identical rows count once; rows of one id that differ are all dropped. */
function uniqueById<Row extends object>(rows: readonly Row[], idOf: (row: Row) => number) {
  const kept: Row[] = []
  let duplicates = 0
  let conflicts = 0
  for (const [first, ...others] of groupBy(rows, idOf).values()) {
    if (first === undefined) continue
    const isConflict = others.some((row) => textOf(row) !== textOf(first))
    if (isConflict) conflicts += 1 + others.length
    else duplicates += others.length
    if (!isConflict) kept.push(first)
  }
  return { kept, duplicates, conflicts }
}

function textOf(row: object): string {
  return Object.values(row).join(',')
}

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row])
  return groups
}

function newBanner(campaignId: number, bannerId: number, text: string): Banner {
  const drawKey = createHash('md5').update(text).digest('hex')
  return {
    campaignId,
    bannerId,
    drawKey,
    impressions: 0,
    clicks: 0,
    conversions: 0,
    millionths: 0n,
  }
}
