/**
 * Counts what was added since the last build, instead of all files.
 *
 * Some ids may count otherwise with the new files than without: those of new rows, and of old conversions whose click is
 * new. All rows of these ids, old and new, are put apart, and the models count them twice, without the new files and
 * with them. So the counts are those of the last build, minus the first, plus the second; every other id counts as
 * before.
 */
import { createHash } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quotedString, readRows } from '../../base/database.ts'
import { SILENT } from '../../base/progress.ts'
import { readSql } from '../../base/sql.ts'
import type { KeptCounts } from '../../cache/counts.ts'
import { MODELS } from '../models.ts'
import { readMeasures } from './measures.ts'
import { CREATE_PAIR_COUNTS } from './pair-models.ts'
import { runModels } from './run-models.ts'

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

/** Identifies the SQL that counts: what another version of it counted is of no use. */
export async function readCountsMeaning(): Promise<string> {
  const hash = createHash('sha256')
  for (const { folder, name } of MODELS) {
    if (COUNTING.includes(name)) hash.update(await readSql(folder, name))
  }
  return hash.digest('hex')
}

/** What is added to kept counts. */
export interface AddedFiles {
  readonly kept: KeptCounts
  /** For each kept file its place among all files of this build. */
  readonly places: readonly number[]
}

/**
 * Makes `pair_counts`, `unfit_rows` and `duplicate_rows` of kept counts and the files that they lack.
 *
 * @param connection - Has the views `loaded_<table>` over all files, and `added_<table>` over those that were not kept.
 * @returns The measures of all files.
 */
export async function countAddedFiles(
  connection: DuckDBConnection,
  { kept, places }: AddedFiles,
): Promise<Record<string, number>> {
  await createOldFiles(connection, kept, places)
  await setAffectedRowsApart(connection)
  const without = await countIn(connection, 'counted_without', true)
  const withAdded = await countIn(connection, 'counted_with', false)
  await connection.run(CREATE_PAIR_COUNTS)
  await connection.run(insertPairs(kept))
  await connection.run(createUnfit(kept))
  await connection.run(CREATE_DUPLICATES)
  const names = Object.keys(withAdded)
  return Object.fromEntries(
    names.map((name) => {
      return [name, (kept.measures[name] ?? 0) - (without[name] ?? 0) + (withAdded[name] ?? 0)]
    }),
  )
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

/** Makes `affected_clicks` and `affected_conversions`; an id is taken with its rows in all datasets. */
async function setAffectedRowsApart(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    create table new_clicks as select distinct click_id as id from added_clicks;
    create table affected_conversion_ids as
      select distinct conversion_id as id from added_conversions`)
  const ofNewClicks = await describeIds(connection, 'new_clicks', 'click_id')
  await connection.run(`
    insert into affected_conversion_ids
    select distinct conversion_id from loaded_conversions
    where ${ofNewClicks} and conversion_id not in (select id from affected_conversion_ids)`)
  const ofConversions = await describeIds(connection, 'affected_conversion_ids', 'conversion_id')
  await connection.run(`
    create table affected_conversions as select * from loaded_conversions where ${ofConversions};
    create table affected_click_ids as
      select id from new_clicks union select click_id from affected_conversions`)
  const ofClicks = await describeIds(connection, 'affected_click_ids', 'click_id')
  await connection.run(
    `create table affected_clicks as select * from loaded_clicks where ${ofClicks}`,
  )
}

/** A condition that a column is among some ids; their bounds, written out, let the reader pass over parts of files. */
async function describeIds(
  connection: DuckDBConnection,
  table: string,
  column: string,
): Promise<string> {
  const [range] = await readRows<{ least: string | null; greatest: string | null }>(
    connection,
    `select cast(min(id) as varchar) as least, cast(max(id) as varchar) as greatest from ${table}`,
  )
  const { least = null, greatest = null } = range ?? {}
  if (least === null || greatest === null) return 'false'
  return `${column} between ${least} and ${greatest} and ${column} in (select id from ${table})`
}

/** Counts the affected rows in a schema of their own, and measures them. */
async function countIn(
  connection: DuckDBConnection,
  schema: string,
  isOldOnly: boolean,
): Promise<Record<string, number>> {
  const condition = isOldOnly ? 'file in (select file from main.old_files)' : 'true'
  await connection.run(`create schema ${schema}; set schema = '${schema}'`)
  try {
    await connection.run(`
      create view loaded_impressions as select * from main.added_impressions where ${isOldOnly ? 'false' : 'true'};
      create view loaded_clicks as select * from main.affected_clicks where ${condition};
      create view loaded_conversions as select * from main.affected_conversions where ${condition}`)
    await runModels(connection, { seed: 0, progress: SILENT, only: COUNTING })
    // A view read from elsewhere would find the tables there.
    await connection.run(`
      create table found_unfit as from unfit_rows;
      create table found_duplicates as from duplicate_rows`)
    return await readMeasures(connection)
  } finally {
    await connection.run("set schema = 'main'")
  }
}

function insertPairs({ pairsPath }: KeptCounts): string {
  const counted = [selectCounts('counted_without', '-'), selectCounts('counted_with', '')].flat()
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

function selectCounts(schema: string, sign: string): string[] {
  const pair = 'dataset, campaign_id, banner_id'
  return [
    `select ${pair}, ${sign}impression_count as impressions, 0 as clicks, 0 as conversions, 0 as millionths
     from ${schema}.stg_impressions`,
    `select ${pair}, 0, ${sign}click_count, 0, 0 from ${schema}.banner_clicks`,
    `select ${pair}, 0, 0, ${sign}conversion_count, cast(${sign}cast(revenue as decimal(38,6)) * 1000000 as bigint)
     from ${schema}.banner_conversions`,
  ]
}

/** Keys that are affected are told of anew, the others as before. */
function createUnfit({ unfitPath }: KeptCounts): string {
  return `
    create table unfit_rows as
    select old_files.file, kept.key, kept.reason, kept.line_count
    from read_parquet(${quotedString(unfitPath)}) as kept
    inner join old_files on kept.file = old_files.kept_file
    where
      not (old_files.log = 'clicks' and kept.key in (select id from affected_click_ids))
      and not (old_files.log = 'conversions' and kept.key in (select id from affected_conversion_ids))
    union all
    select file, key, reason, line_count from counted_with.found_unfit`
}

const CREATE_DUPLICATES = `
  create table duplicate_rows as
  select file, cast(sum(row_count) as bigint) as row_count
  from (
    select file, duplicates as row_count from old_files
    union all
    select file, -row_count from counted_without.found_duplicates
    union all
    select file, row_count from counted_with.found_duplicates
  )
  group by file
  having sum(row_count) > 0`
