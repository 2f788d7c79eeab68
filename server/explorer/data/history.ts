/** The history beside the builds, from its files. Runs in the thread of details.ts. */
import { dirname, join } from 'node:path'
import { formatMillionths } from '../../../contract/explain.ts'
import {
  BANNER_HISTORY_COLUMNS,
  BUILD_HISTORY_COLUMNS,
  type BuildHistoryRow,
  CAMPAIGN_HISTORY_COLUMNS,
  HISTORY_FILE,
  HISTORY_FOLDER,
  type History,
  type HistoryFile,
  listHistoryFiles,
  parseBannerIds,
  parseHistory,
  readHistoryText,
} from '../../../contract/history.ts'
import { ArtifactError } from '../../../contract/read.ts'
import type { Dataset } from '../../../contract/schema.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import { readRows } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { findBuildsFolder } from './kept-builds.ts'
import { withParquet } from './parquet-file.ts'
import { findRowsOf } from './rows-of.ts'

/** A build of the history; revenues are plain decimals. */
export type RecordedBuild = Omit<BuildHistoryRow, 'revenue' | 'pool_revenue'> & {
  readonly revenue: string | null
  readonly pool_revenue: string | null
}

/** What a campaign was in a quarter at the end of a day. */
export interface CampaignDay {
  readonly dataset: Dataset
  /** 2026-11-30 */
  readonly day: string
  readonly buildId: string
  /** 0: it is gone. */
  readonly candidates: number
  /** Plain decimals. */
  readonly revenue: string
  readonly poolRevenue: string
  /** By rank. */
  readonly banners: readonly number[]
}

/** What was read of the history. */
export interface FromHistory<T> {
  /** The oldest first; none: there is no history. */
  readonly rows: readonly T[]
  /** Files that are damaged, now or when they were last written: what they held is missing in the rows. */
  readonly losses: readonly string[]
}

/** Reads all recorded builds. */
export function readRecordedBuilds(folder: string): Promise<FromHistory<RecordedBuild>> {
  return readFiles(folder, 'builds', async (table, group) => {
    const rows = await readRows(table, group, { columns: BUILD_HISTORY_COLUMNS })
    return rows.map((row) => ({
      ...row,
      revenue: row.revenue === null ? null : formatMillionths(row.revenue),
      pool_revenue: row.pool_revenue === null ? null : formatMillionths(row.pool_revenue),
    }))
  })
}

/** Reads the days of a campaign. */
export async function readCampaignDays(
  folder: string,
  campaignId: number,
): Promise<FromHistory<CampaignDay>> {
  const { rows, losses } = await readFiles(folder, 'campaigns', async (table, group) => {
    const places = await findRowsOf(table, group, { column: 'campaign_id', id: campaignId })
    if (places.length === 0) return []
    const found = await readRows(table, group, { columns: CAMPAIGN_HISTORY_COLUMNS, rows: places })
    return found.map(
      (row): CampaignDay => ({
        dataset: row.dataset,
        day: row.day,
        buildId: row.build_id,
        candidates: row.candidates,
        revenue: formatMillionths(row.revenue),
        poolRevenue: formatMillionths(row.pool_revenue),
        banners: parseBannerIds(row.banner_ids),
      }),
    )
  })
  const days = rows.toSorted((a, b) => a.day.localeCompare(b.day) || a.dataset - b.dataset)
  return { rows: days, losses }
}

/** What a banner was at the end of a day, over all campaigns and quarters. */
export interface BannerFigures {
  /** 2026-11-30 */
  readonly day: string
  readonly pools: number
  readonly impressions: number
  readonly clicks: number
  readonly conversions: number
  /** Plain decimal. */
  readonly revenue: string
}

/** Reads the days of a banner on which something of it changed, the oldest first. */
export async function readBannerFigures(
  folder: string,
  bannerId: number,
): Promise<FromHistory<BannerFigures>> {
  const { rows, losses } = await readFiles(folder, 'banners', async (table, group) => {
    const places = await findRowsOf(table, group, { column: 'banner_id', id: bannerId })
    if (places.length === 0) return []
    return readRows(table, group, { columns: BANNER_HISTORY_COLUMNS, rows: places })
  })
  // A month begins with the last row of the one before.
  const byDay = new Map(rows.map((row) => [row.day, row]))
  const figures = [...byDay.values()]
    .toSorted((a, b) => a.day.localeCompare(b.day))
    .map(({ day, pools, impressions, clicks, conversions, revenue }) => ({
      ...{ day, pools, impressions, clicks, conversions },
      revenue: formatMillionths(revenue),
    }))
  return { rows: figures, losses }
}

/** A build that is published meanwhile replaces the files: then they are looked up once more. */
async function readFiles<T>(
  folder: string,
  kind: HistoryFile['kind'],
  read: (table: ParquetTable, group: RowGroup) => Promise<T[]>,
): Promise<FromHistory<T>> {
  const builds = findBuildsFolder(folder)
  if (builds === undefined) return { rows: [], losses: [] }
  const artifacts = dirname(builds)
  const first = await readListed(artifacts, kind, read)
  return first.isMissing ? readListed(artifacts, kind, read) : first
}

async function readListed<T>(
  artifacts: string,
  kind: HistoryFile['kind'],
  read: (table: ParquetTable, group: RowGroup) => Promise<T[]>,
): Promise<FromHistory<T> & { readonly isMissing: boolean }> {
  const history = await readHistoryList(artifacts)
  if (history === 'damaged') return { rows: [], losses: [HISTORY_FILE], isMissing: false }
  if (history === undefined) return { rows: [], losses: [], isMissing: false }
  const rows: T[] = []
  const losses = history.losses.map(({ file }) => file)
  let isMissing = false
  for (const { listed } of listHistoryFiles(history, kind)) {
    const place = { folder: join(artifacts, HISTORY_FOLDER), listed }
    try {
      rows.push(...(await withParquet(place, (table) => readGroups(table, read))))
    } catch (error) {
      if (!(error instanceof ArtifactError) || error.fault === 'unreadable') throw error
      losses.push(listed.file)
      isMissing ||= error.fault === 'missing'
    }
  }
  return { rows, losses, isMissing }
}

/** Reads the list of the history's files; undefined: there is none. */
export async function readHistoryList(artifacts: string): Promise<History | 'damaged' | undefined> {
  try {
    return parseHistory(await readHistoryText(artifacts)) ?? 'damaged'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    return 'damaged'
  }
}

async function readGroups<T>(
  table: ParquetTable,
  read: (table: ParquetTable, group: RowGroup) => Promise<T[]>,
): Promise<T[]> {
  const rows: T[] = []
  for (const group of table.groups) rows.push(...(await read(table, group)))
  return rows
}
