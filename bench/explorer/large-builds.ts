/** Builds of many campaigns, written as the pipeline would, with their history: for measuring pages. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { digestFile } from '../../contract/digest.ts'
import { formatManifest } from '../../contract/manifest.ts'
import {
  BANNER_STATS_FILE,
  BUILDS_FOLDER,
  type ManifestOutput,
  POOLS_FILE,
  REJECTS_FILE,
} from '../../contract/schema.ts'
import { withDatabase } from '../../pipeline/base/database.ts'
import { SILENT } from '../../pipeline/base/progress.ts'
import { recordBuild } from '../../pipeline/history/record.ts'
import { makeCurrent } from '../../pipeline/publish/publish.ts'
import { manifestWith } from '../../scripts/lib/pool-files.ts'

/** Banners of a campaign and quarter: five in the pool, one out. */
const CANDIDATES = 6
const BANNERS = 400
const ROW_GROUP = 122_880
const LIMITS = { threads: 2, memoryLimit: '4GB' }

/** Ids of the builds, the older first. */
export const LARGE_BUILD_IDS = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'] as const

/**
 * Writes two builds a day apart, between which a tenth of the pools changed, and records them.
 *
 * @param out - Artifacts folder.
 */
export async function writeLargeBuilds(out: string, campaigns: number): Promise<void> {
  for (const [day, id] of LARGE_BUILD_IDS.entries()) {
    await withDatabase(':memory:', LIMITS, (connection) =>
      writeBuild(connection, { out, campaigns, day, id }),
    )
    await makeCurrent(out, id)
    await recordBuild({ out, buildId: id, madeBy: 'batch', historyDays: 400, ...LIMITS }, SILENT)
  }
}

interface LargeBuild {
  readonly out: string
  readonly campaigns: number
  /** 0 or 1. */
  readonly day: number
  readonly id: string
}

async function writeBuild(
  connection: DuckDBConnection,
  { out, campaigns, day, id }: LargeBuild,
): Promise<void> {
  const folder = join(out, BUILDS_FOLDER, id)
  await mkdir(folder, { recursive: true })
  // In every tenth campaign other banners follow on the second day.
  await connection.run(`create view stats as
    select cast(dataset as smallint) as dataset, campaign_id,
      1 + (campaign_id * 7 + place * 61 + if(campaign_id % 10 = 0, ${day}, 0)) % ${BANNERS} as banner_id,
      cast(20 as bigint) as impressions, cast(9 - place as bigint) as clicks, cast(1 as bigint) as conversions,
      cast(6 - place + (campaign_id % 1000) / 1000 + if(campaign_id % 10 = 0, ${day}, 0) as decimal(18,6)) as revenue,
      place + 1 as revenue_rank, place + 1 as click_rank,
      cast(if(place < ${CANDIDATES - 1}, place + 1, null) as smallint) as pool_rank,
      if(place < ${CANDIDATES - 1}, 'in_converted', 'out_below_top_revenue') as reason
    from range(1, 5) d (dataset), range(1, ${campaigns + 1}) c (campaign_id), range(0, ${CANDIDATES}) p (place)`)
  const selects: readonly (readonly [string, string])[] = [
    [
      POOLS_FILE,
      `select dataset, campaign_id, pool_rank as rank, banner_id, 'revenue' as source, revenue, clicks, conversions, impressions
       from stats where pool_rank is not null order by dataset, campaign_id, rank`,
    ],
    [BANNER_STATS_FILE, 'select * from stats order by dataset, campaign_id, banner_id'],
    [
      REJECTS_FILE,
      `select cast(1 as smallint) as dataset, '' as "table", '' as file, cast(1 as bigint) as line, '' as reason, '' as text where false`,
    ],
  ]
  const outputs: ManifestOutput[] = []
  for (const [file, select] of selects) {
    const path = join(folder, file)
    await connection.run(
      `copy (${select}) to '${path}' (format parquet, compression zstd, row_group_size ${ROW_GROUP})`,
    )
    const rows = await countIn(connection, path)
    outputs.push({ file, ...(await digestFile(path)), rows })
  }
  const created_at = new Date(Date.now() - (2 - day) * 86_400_000).toISOString()
  const previous_build_id = day === 0 ? null : LARGE_BUILD_IDS[0]
  const manifest = manifestWith({ build_id: id, created_at, previous_build_id, outputs })
  await writeFile(join(folder, 'manifest.json'), formatManifest(manifest))
}

async function countIn(connection: DuckDBConnection, path: string): Promise<number> {
  const reader = await connection.runAndReadAll(`select count(*) from read_parquet('${path}')`)
  return Number(reader.getRows()[0]?.[0])
}
