/** The history beside the builds, from its files. Runs in the thread of details.ts. */
import { dirname, join } from 'node:path'
import { formatMillionths } from '../../../contract/explain.ts'
import {
  BUILD_HISTORY_COLUMNS,
  type BuildHistoryRow,
  CAMPAIGN_HISTORY_COLUMNS,
  HISTORY_FOLDER,
  type History,
  type HistoryFile,
  listHistoryFiles,
  parseBannerIds,
  readHistory,
} from '../../../contract/history.ts'
import { ArtifactError } from '../../../contract/read.ts'
import type { Dataset } from '../../../contract/schema.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import { readRows } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { findCampaignRows } from './campaign-rows.ts'
import { findBuildsFolder } from './kept-builds.ts'
import { withParquet } from './parquet-file.ts'

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

/** Reads all recorded builds, the oldest first; empty: there is no history. */
export function readRecordedBuilds(folder: string): Promise<RecordedBuild[]> {
  return readFiles(folder, 'builds', async (table, group) => {
    const rows = await readRows(table, group, { columns: BUILD_HISTORY_COLUMNS })
    return rows.map((row) => ({
      ...row,
      revenue: row.revenue === null ? null : formatMillionths(row.revenue),
      pool_revenue: row.pool_revenue === null ? null : formatMillionths(row.pool_revenue),
    }))
  })
}

/** Reads the days of a campaign, the oldest first. */
export async function readCampaignDays(folder: string, campaignId: number): Promise<CampaignDay[]> {
  const days = await readFiles(folder, 'campaigns', async (table, group) => {
    const rows = await findCampaignRows(table, group, campaignId)
    if (rows.length === 0) return []
    const found = await readRows(table, group, { columns: CAMPAIGN_HISTORY_COLUMNS, rows })
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
  return days.sort((a, b) => a.day.localeCompare(b.day) || a.dataset - b.dataset)
}

/** A build that is published meanwhile replaces the files: then they are looked up once more. */
async function readFiles<T>(
  folder: string,
  kind: HistoryFile['kind'],
  read: (table: ParquetTable, group: RowGroup) => Promise<T[]>,
): Promise<T[]> {
  const builds = findBuildsFolder(folder)
  if (builds === undefined) return []
  const artifacts = dirname(builds)
  const readAll = async (history: History | null) => {
    const rows: T[] = []
    if (history === null) return rows
    for (const { listed } of listHistoryFiles(history, kind)) {
      const place = { folder: join(artifacts, HISTORY_FOLDER), listed }
      rows.push(...(await withParquet(place, (table) => readGroups(table, read))))
    }
    return rows
  }
  try {
    return await readAll(await readHistory(artifacts))
  } catch (error) {
    if (!(error instanceof ArtifactError) || error.fault !== 'missing') throw error
    return readAll(await readHistory(artifacts))
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
