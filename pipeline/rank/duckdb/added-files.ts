/**
 * Counts what was added since the last build, instead of all files.
 *
 * Some ids may count otherwise with the new files than without (affected-rows.ts). All rows of these ids, old and new, are
 * put apart, and the models count them twice, without the new files and with them. So the counts are those of the last
 * build, minus the first, plus the second; every other id counts as before.
 *
 * New clicks whose ids lie apart from all others, as in logs that number on, count once each whatever else there is: the
 * scanner has counted their pairs.
 */
import { createHash } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { countRows, quotedString } from '../../base/database.ts'
import { SILENT } from '../../base/progress.ts'
import { readSql } from '../../base/sql.ts'
import { listLoadedFiles } from '../../cache/cache-files.ts'
import type { KeptCounts } from '../../cache/counts.ts'
import { MODELS } from '../models.ts'
import {
  type AddedFiles,
  areNewClicksApart,
  listNewFiles,
  setAffectedRowsApart,
} from './affected-rows.ts'
import { readMeasures } from './measures.ts'
import { CREATE_PAIR_COUNTS } from './pair-models.ts'
import { runModels } from './run-models.ts'
import { selectFrom } from './scanned.ts'

/** The models that count rows, and tell which of them do not count. */
const COUNTING = [
  'stg_impressions',
  'repeated_clicks',
  'repeated_conversions',
  'stg_clicks',
  'stg_conversions',
  'banner_clicks',
  'banner_conversions',
  'orphans',
  'unfit_rows',
  'duplicate_rows',
]

/** Without affected rows of clicks and conversions there is nothing else to count. */
const ALWAYS_COUNTING = ['stg_impressions']

/** Identifies the SQL that counts: what another version of it counted is of no use. */
export async function readCountsMeaning(): Promise<string> {
  const hash = createHash('sha256')
  for (const { folder, name } of MODELS) {
    if (COUNTING.includes(name)) hash.update(await readSql(folder, name))
  }
  return hash.digest('hex')
}

/**
 * Makes `pair_counts`, `unfit_rows` and `duplicate_rows` of kept counts and the files that they lack.
 *
 * @returns The measures of all files.
 */
export async function countAddedFiles(
  connection: DuckDBConnection,
  added: AddedFiles,
): Promise<Record<string, number>> {
  const { kept, places } = added
  const isApart = areNewClicksApart(added)
  await createOldFiles(connection, kept, places)
  await setAffectedRowsApart(connection, added, isApart)
  const only = (await hasAffectedRows(connection)) ? COUNTING : ALWAYS_COUNTING
  const without = await countIn(connection, { schema: 'counted_without', isOldOnly: true, only })
  const withAdded = await countIn(connection, { schema: 'counted_with', isOldOnly: false, only })
  await connection.run(CREATE_PAIR_COUNTS)
  await connection.run(insertPairs(kept, only, isApart ? selectNewClicks(added) : []))
  await connection.run(createUnfit(kept, only))
  await connection.run(createDuplicates(only))
  const names = Object.keys(kept.measures)
  return Object.fromEntries(
    names.map((name) => {
      return [name, (kept.measures[name] ?? 0) - (without[name] ?? 0) + (withAdded[name] ?? 0)]
    }),
  )
}

async function hasAffectedRows(connection: DuckDBConnection): Promise<boolean> {
  const clicks = await countRows(connection, 'affected_clicks')
  return clicks > 0 || (await countRows(connection, 'affected_conversions')) > 0
}

/** The kept files: the number they had, the number they have now. */
async function createOldFiles(
  connection: DuckDBConnection,
  { files, duplicates }: KeptCounts,
  places: readonly number[],
): Promise<void> {
  await connection.run(
    'create table old_files (kept_file integer, file integer, log varchar, duplicates bigint)',
  )
  const appender = await connection.createAppender('old_files')
  for (const [index, { table }] of files.entries()) {
    appender.appendInteger(index)
    appender.appendInteger(places[index] ?? 0)
    appender.appendVarchar(table)
    appender.appendBigInt(BigInt(duplicates[index] ?? 0))
    appender.endRow()
  }
  appender.closeSync()
}

interface CountOptions {
  readonly schema: string
  readonly isOldOnly: boolean
  /** Names of models. */
  readonly only: readonly string[]
}

/** Counts the affected rows in a schema of their own, and measures them. */
async function countIn(
  connection: DuckDBConnection,
  { schema, isOldOnly, only }: CountOptions,
): Promise<Record<string, number>> {
  const condition = isOldOnly ? 'file in (select file from main.old_files)' : 'true'
  await connection.run(`create schema ${schema}; set schema = '${schema}'`)
  try {
    await connection.run(`
      create view loaded_impressions as select * from main.added_impressions where ${!isOldOnly};
      create view loaded_clicks as select * from main.affected_clicks where ${condition};
      create view loaded_conversions as select * from main.affected_conversions where ${condition}`)
    await runModels(connection, { seed: 0, progress: SILENT, only })
    if (only !== COUNTING) return {}
    // A view read from elsewhere would find the tables there.
    await connection.run(`
      create table found_unfit as from unfit_rows;
      create table found_duplicates as from duplicate_rows`)
    return await readMeasures(connection)
  } finally {
    await connection.run("set schema = 'main'")
  }
}

/** @param newClicks - Selects of pairs and counts that nothing else has counted. */
function insertPairs(
  { pairsPath }: KeptCounts,
  only: readonly string[],
  newClicks: readonly string[],
): string {
  const counted = [
    ...selectCounts('counted_without', '-', only),
    ...selectCounts('counted_with', '', only),
    ...newClicks,
  ]
  return `
    insert into pair_counts
    select dataset, campaign_id, banner_id, sum(impressions), sum(clicks), sum(conversions), sum(millionths)
    from (
      select * from read_parquet(${quotedString(pairsPath)})
      union all
      ${counted.join(' union all ')}
    )
    group by dataset, campaign_id, banner_id
    having sum(impressions) > 0 or sum(clicks) > 0`
}

function selectCounts(schema: string, sign: string, only: readonly string[]): string[] {
  const pair = 'dataset, campaign_id, banner_id'
  const selects = {
    stg_impressions: `select ${pair}, ${sign}impression_count as impressions, 0 as clicks, 0 as conversions, 0 as millionths
     from ${schema}.stg_impressions`,
    banner_clicks: `select ${pair}, 0, ${sign}click_count, 0, 0 from ${schema}.banner_clicks`,
    banner_conversions: `select ${pair}, 0, 0, ${sign}conversion_count, cast(${sign}cast(revenue as decimal(38,6)) * 1000000 as bigint)
     from ${schema}.banner_conversions`,
  }
  return Object.entries(selects).flatMap(([name, select]) => (only.includes(name) ? [select] : []))
}

/** All rows of the new files of clicks, less those that are counted as affected ones. */
function selectNewClicks(added: AddedFiles): string[] {
  const clicks = listNewFiles(added)
    .flatMap(listLoadedFiles)
    .filter(({ table }) => table === 'clicks')
    .map((file) => ({ ...file, scan: added.scans[file.index] ?? null }))
  const pair = 'campaign_id, banner_id'
  const select = (value: string) => `${pair}, 0, ${value}, 0, 0`
  return [
    ...selectFrom(clicks, ({ scan }) => scan?.pairsPath ?? null, select('row_count')),
    ...selectFrom(clicks, (file) => (file.scan?.pairsPath ? null : file.rowsPath), select('1')),
    `select dataset, ${select('-1')} from affected_clicks where file not in (select file from old_files)`,
  ]
}

/** Keys that are affected are told of anew, the others as before. */
function createUnfit({ unfitPath }: KeptCounts, only: readonly string[]): string {
  const found = 'union all select file, key, reason, line_count from counted_with.found_unfit'
  return `
    create table unfit_rows as
    select old_files.file, kept.key, kept.reason, kept.line_count
    from read_parquet(${quotedString(unfitPath)}) as kept
    inner join old_files on kept.file = old_files.kept_file
    where
      not (old_files.log = 'clicks' and kept.key in (select id from affected_click_ids))
      and not (old_files.log = 'conversions' and kept.key in (select id from affected_conversion_ids))
    ${only === COUNTING ? found : ''}`
}

function createDuplicates(only: readonly string[]): string {
  const found = `
    union all select file, -row_count from counted_without.found_duplicates
    union all select file, row_count from counted_with.found_duplicates`
  return `
    create table duplicate_rows as
    select file, cast(sum(row_count) as bigint) as row_count
    from (
      select file, duplicates as row_count from old_files
      ${only === COUNTING ? found : ''}
    )
    group by file
    having sum(row_count) > 0`
}
