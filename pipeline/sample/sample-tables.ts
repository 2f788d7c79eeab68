/** The tables of the sample, made inside DuckDB by the files of sql/sample. One dataset at a time. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset, Table } from '../../contract/schema.ts'
import { literalPath, readRows } from '../base/database.ts'

const SQL_FOLDER = new URL('../../sql/sample/', import.meta.url)

/** Rows of the real data, and so of scale 1. */
const REAL_ROWS: Readonly<Record<Dataset, RowCounts>> = {
  1: { impressions: 150_000, clicks: 50_000, conversions: 6_000 },
  2: { impressions: 150_000, clicks: 40_000, conversions: 3_000 },
  3: { impressions: 150_000, clicks: 60_000, conversions: 5_000 },
  4: { impressions: 150_000, clicks: 29_001, conversions: 3_000 },
}

/** First ids of the real data. Those of a dataset go on where the dataset before ended. */
const FIRST_CLICK_ID = 100_000
const FIRST_CONVERSION_ID = 2_000

const CONTINUE_IDS = `
  set variable first_click_id = getvariable('first_click_id') + getvariable('clicks');
  set variable first_conversion_id = getvariable('first_conversion_id') + getvariable('conversions')`

/** Lists of rows, by index, for the macro special_at. */
const LIST_SPECIAL_ROWS = `
  set variable special_impressions = (
    select list(special_rows order by row_index) from special_rows where table_name = 'impressions'
  );
  set variable special_clicks = (
    select list(special_rows order by row_index) from special_rows where table_name = 'clicks'
  );
  set variable special_conversions = (
    select list(special_conversions order by row_index) from special_conversions
  )`

const COUNT_SPECIAL_ROWS = `
  select
    sum(impression_count) as impressions,
    sum(click_count) as clicks,
    sum(len(revenues)) as conversions
  from special_banners`

/** Rows of each table in one dataset. */
export type RowCounts = Readonly<Record<Table, number>>

/** What the rows of all datasets are made of. */
export interface SampleSeed {
  readonly seed: number
  /** How much banners differ in conversions per click: standard deviation of the logarithm. 0 = not at all. */
  readonly effect: number
}

/** Makes a new connection ready for {@link startDataset}: what all datasets share. */
export async function startSample(
  connection: DuckDBConnection,
  { seed, effect }: SampleSeed,
): Promise<void> {
  await connection.run(await readSql('macros'))
  if (effect > 0) {
    await connection.run(await readSql('effects'))
    await connection.run('set variable effect = cast($effect as double)', { effect })
  }
  await setVariables(connection, {
    seed,
    clicks: 0,
    conversions: 0,
    first_click_id: FIRST_CLICK_ID,
    first_conversion_id: FIRST_CONVERSION_ID,
  })
  await connection.run('set variable plan = $path', {
    path: literalPath(fileURLToPath(new URL('plan.csv', SQL_FOLDER))),
  })
}

/**
 * Makes the small tables of a dataset, and sets the variables, that {@link copyTable} reads.
 *
 * To be called for the datasets in order: ids go on where the dataset before ended.
 *
 * @param scale - Multiple of the real data's rows. The special rows are always there.
 * @returns The rows that each table will have.
 */
export async function startDataset(
  connection: DuckDBConnection,
  dataset: Dataset,
  scale: number,
): Promise<RowCounts> {
  await setVariables(connection, { dataset })
  await createTable(connection, 'special_banners')
  const counts = scaleRows(REAL_ROWS[dataset], scale, await countSpecialRows(connection))
  await connection.run(CONTINUE_IDS)
  await setVariables(connection, counts)
  await createTable(connection, 'special_rows')
  await createTable(connection, 'special_conversions')
  await connection.run(LIST_SPECIAL_ROWS)
  return counts
}

/** Streams a table of the dataset into a CSV file with a header. */
export async function copyTable(
  connection: DuckDBConnection,
  table: Table,
  path: string,
): Promise<void> {
  const select = await readSql(`sample_${table}`)
  await connection.run(`copy (${select}) to $path (format csv, header, use_tmp_file false)`, {
    path,
  })
}

/** Leaves room: special rows take every other row at most, and so do converted clicks. */
function scaleRows(real: RowCounts, scale: number, special: RowCounts): RowCounts {
  const conversions = Math.max(Math.round(real.conversions * scale), 2 * special.conversions)
  return {
    impressions: Math.max(Math.round(real.impressions * scale), 2 * special.impressions),
    clicks: Math.max(Math.round(real.clicks * scale), 2 * special.clicks, 2 * conversions),
    conversions,
  }
}

async function countSpecialRows(connection: DuckDBConnection): Promise<RowCounts> {
  const [counts] = await readRows<RowCounts>(connection, COUNT_SPECIAL_ROWS)
  if (counts === undefined) throw new Error('an aggregate gave no row')
  return counts
}

async function createTable(connection: DuckDBConnection, name: string): Promise<void> {
  await connection.run(`create or replace temp table ${name} as ${await readSql(name)}`)
}

async function setVariables(
  connection: DuckDBConnection,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await connection.run(`set variable ${name} = cast($value as bigint)`, { value: BigInt(value) })
  }
}

async function readSql(name: string): Promise<string> {
  return readFile(new URL(`${name}.sql`, SQL_FOLDER), 'utf8')
}
