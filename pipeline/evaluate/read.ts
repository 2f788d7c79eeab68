/** The tables of `sql/evaluate` in typed arrays. Every order is total, so that sums come out the same on any machine. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { DATASETS, type Dataset } from '../../contract/schema.ts'
import { countRows } from '../base/database.ts'
import { readSql } from '../base/sql.ts'
import { type Campaign, FOLDS, type SplitClicks } from './campaign.ts'
import { THIN_MODEL } from './models.ts'

/** A column of a result, as numbers. */
type Column = Float64Array | Int32Array | Uint32Array | Uint8Array

/** Reads all campaigns, in the order of dataset and campaign. */
export async function readCampaigns(connection: DuckDBConnection): Promise<Campaign[]> {
  const candidates = await readCandidates(connection)
  const foldClicks = await readFoldClicks(connection, candidates.bannerIds.length)
  const converted = await readConverted(connection)
  const campaigns: Campaign[] = []
  let from = 0
  let firstClick = 0
  while (from < candidates.bannerIds.length) {
    const to = findEnd(candidates, from)
    let lastClick = firstClick
    while ((converted.candidates[lastClick] ?? to) < to) lastClick += 1
    campaigns.push({
      dataset: parseDataset(candidates.datasets[from]),
      campaignId: candidates.campaignIds[from] ?? 0,
      bannerIds: candidates.bannerIds.subarray(from, to),
      impressions: candidates.impressions.subarray(from, to),
      clicks: candidates.clicks.subarray(from, to),
      tieRanks: candidates.tieRanks.subarray(from, to),
      foldClicks: foldClicks.subarray(from * FOLDS, to * FOLDS),
      converted: {
        places: placesFrom(converted.candidates.subarray(firstClick, lastClick), from),
        revenues: converted.revenues.subarray(firstClick, lastClick),
        folds: converted.folds.subarray(firstClick, lastClick),
        lowBits: converted.lowBits.subarray(firstClick, lastClick),
        highBits: converted.highBits.subarray(firstClick, lastClick),
      },
    })
    firstClick = lastClick
    from = to
  }
  return campaigns
}

/**
 * Reads all clicks of some campaigns.
 *
 * @param thin - Their places in `campaigns`.
 */
export async function readThinClicks(
  connection: DuckDBConnection,
  campaigns: readonly Campaign[],
  thin: readonly number[],
): Promise<Map<number, SplitClicks>> {
  const found = new Map<number, SplitClicks>()
  if (thin.length === 0) return found
  await createThinCampaigns(
    connection,
    thin.flatMap((index) => campaigns[index] ?? []),
  )
  await connection.run(`create table ${THIN_MODEL} as (${await readSql('evaluate', THIN_MODEL)}\n)`)
  const size = await countRows(connection, THIN_MODEL)
  const clicks = {
    candidates: new Int32Array(size),
    lowBits: new Uint32Array(size),
    highBits: new Uint32Array(size),
  }
  await fillColumns(
    connection,
    `select cast(candidate as integer), cast(low_bits as uinteger), cast(high_bits as uinteger)
     from ${THIN_MODEL} order by candidate`,
    [clicks.candidates, clicks.lowBits, clicks.highBits],
  )
  const isThin = new Set(thin)
  let first = 0
  let from = 0
  for (const [index, { bannerIds }] of campaigns.entries()) {
    const end = first + bannerIds.length
    if (isThin.has(index)) {
      let to = from
      while ((clicks.candidates[to] ?? end) < end) to += 1
      found.set(index, {
        places: placesFrom(clicks.candidates.subarray(from, to), first),
        lowBits: clicks.lowBits.subarray(from, to),
        highBits: clicks.highBits.subarray(from, to),
      })
      from = to
    }
    first = end
  }
  return found
}

interface Candidates {
  readonly datasets: Uint8Array
  readonly campaignIds: Float64Array
  readonly bannerIds: Float64Array
  readonly tieRanks: Float64Array
  readonly impressions: Float64Array
  readonly clicks: Float64Array
}

async function readCandidates(connection: DuckDBConnection): Promise<Candidates> {
  const size = await countRows(connection, 'numbered_candidates')
  const candidates = {
    datasets: new Uint8Array(size),
    campaignIds: new Float64Array(size),
    bannerIds: new Float64Array(size),
    tieRanks: new Float64Array(size),
    impressions: new Float64Array(size),
    clicks: new Float64Array(size),
  }
  await fillColumns(
    connection,
    `select dataset, cast(campaign_id as double), cast(banner_id as double),
       cast(tie_rank as double), cast(impression_count as double), cast(click_count as double)
     from numbered_candidates order by candidate`,
    Object.values(candidates),
  )
  return candidates
}

async function readFoldClicks(connection: DuckDBConnection, size: number): Promise<Float64Array> {
  const rows = await countRows(connection, 'fold_clicks')
  const cells = new Int32Array(rows)
  const counts = new Float64Array(rows)
  await fillColumns(
    connection,
    `select cast(candidate * ${FOLDS} + fold as integer), cast(click_count as double)
     from fold_clicks`,
    [cells, counts],
  )
  const foldClicks = new Float64Array(size * FOLDS)
  for (const [index, cell] of cells.entries()) foldClicks[cell] = counts[index] ?? 0
  return foldClicks
}

async function readConverted(connection: DuckDBConnection) {
  const size = await countRows(connection, 'stg_split_clicks')
  const converted = {
    candidates: new Int32Array(size),
    revenues: new Float64Array(size),
    folds: new Uint8Array(size),
    lowBits: new Uint32Array(size),
    highBits: new Uint32Array(size),
  }
  await fillColumns(
    connection,
    `select cast(candidate as integer), cast(cast(cast(revenue as decimal(38,6)) * 1000000 as bigint) as double),
       cast(fold as utinyint), cast(low_bits as uinteger), cast(high_bits as uinteger)
     from stg_split_clicks
     order by candidate, revenue, fold, high_bits, low_bits`,
    Object.values(converted),
  )
  return converted
}

/** Writes a result into arrays that are as long as it, column by column. */
async function fillColumns(
  connection: DuckDBConnection,
  sql: string,
  columns: readonly Column[],
): Promise<void> {
  const result = await connection.stream(sql)
  let row = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    for (const [index, column] of columns.entries()) {
      for (const [offset, value] of chunk.getColumnValues(index).entries()) {
        column[row + offset] = Number(value)
      }
    }
    row += chunk.rowCount
  }
}

async function createThinCampaigns(
  connection: DuckDBConnection,
  campaigns: readonly Campaign[],
): Promise<void> {
  await connection.run('create table thin_campaigns (dataset smallint, campaign_id bigint)')
  const appender = await connection.createAppender('thin_campaigns')
  for (const { dataset, campaignId } of campaigns) {
    appender.appendSmallInt(dataset)
    appender.appendBigInt(BigInt(campaignId))
    appender.endRow()
  }
  appender.closeSync()
}

/** Where the campaign that begins at `from` ends. */
function findEnd({ datasets, campaignIds }: Candidates, from: number): number {
  let to = from + 1
  while (datasets[to] === datasets[from] && campaignIds[to] === campaignIds[from]) to += 1
  return to
}

function placesFrom(candidates: Int32Array, first: number): Int32Array {
  return candidates.map((candidate) => candidate - first)
}

function parseDataset(value: number | undefined): Dataset {
  const dataset = DATASETS.find((known) => known === value)
  if (dataset === undefined) throw new Error(`no such dataset: ${value}`)
  return dataset
}
