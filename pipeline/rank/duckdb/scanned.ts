/**
 * What the scanner has counted on its way, in place of rows that models would read: the pairs of clicks, and the clicks
 * that conversions name. It holds where no click id stands twice.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { DATASETS, type Dataset, type Table } from '../../../contract/schema.ts'
import { countRows, literalPath, quotedString, readRows } from '../../base/database.ts'
import type { LoadedFile } from '../../cache/loaded.ts'
import type { FileScan } from '../../input/inspect-sources.ts'
import type { KeyRange } from '../../input/scan/key-order.ts'

/** A file with rows, and what its scan told. */
export interface ScannedFile extends LoadedFile {
  readonly scan: FileScan | null
}

/** The selects that stand for `stg_clicks` where a model reads it. */
const CLICK_PAIRS = 'select dataset, campaign_id, banner_id from scanned_click_pairs'
const WANTED_CLICKS = 'select * from wanted_clicks'

/** Models that need not read all clicks, and what they read instead. */
const READ_INSTEAD: Readonly<Record<string, string>> = {
  stg_campaign_banners: CLICK_PAIRS,
  banner_conversions: WANTED_CLICKS,
  orphans: WANTED_CLICKS,
}

/** The grain and the columns of the model, from counts. */
const BANNER_CLICKS = `
  select dataset, campaign_id, banner_id, cast(sum(row_count) as bigint) as click_count
  from scanned_click_pairs
  group by dataset, campaign_id, banner_id`

/** Gives the select of a model when clicks were scanned. */
export function selectScanned(name: string, select: string): string {
  if (name === 'banner_clicks') return BANNER_CLICKS
  const instead = READ_INSTEAD[name]
  return instead === undefined
    ? select
    : `with stg_clicks as (${instead}) select * from (${select}\n)`
}

/** Tells whether any file of clicks was counted by the scanner: else there is nothing to gain. */
export function hasScannedClicks(files: readonly ScannedFile[]): boolean {
  return files.some(({ scan }) => scan !== null && scan.pairsPath !== null)
}

/**
 * Creates `scanned_click_pairs` and `wanted_clicks`; these may lack clicks, see {@link findUnwantedClicks}.
 *
 * @param connection - Has `stg_clicks` and `stg_conversions`; no click id stands twice.
 */
export async function createScannedClicks(
  connection: DuckDBConnection,
  files: readonly ScannedFile[],
): Promise<void> {
  const clicks = files.filter(({ table }) => table === 'clicks')
  const pair = 'campaign_id, banner_id'
  const pairs = [
    ...selectFrom(clicks, ({ scan }) => scan?.pairsPath ?? null, `${pair}, row_count`),
    ...selectFrom(clicks, (file) => (file.scan?.pairsPath ? null : file.rowsPath), `${pair}, 1`),
  ]
  await connection.run(`create view scanned_click_pairs (dataset, campaign_id, banner_id, row_count) as
    ${pairs.join(' union all ')}`)
  const wanted = selectFrom(
    clicks,
    (file) => file.scan?.wantedPath ?? file.rowsPath,
    'click_id, banner_id, campaign_id',
  )
  await connection.run(`
    create table found_clicks as select * from stg_clicks where false;
    create view wanted_clicks as ${wanted.join(' union all ')} union all from found_clicks`)
}

/** Selects from the files of each dataset, as far as there is a path. */
export function selectFrom(
  files: readonly ScannedFile[],
  findPath: (file: ScannedFile) => string | null,
  columns: string,
): string[] {
  return DATASETS.flatMap((dataset) => {
    const own = files.filter((file) => file.dataset === dataset)
    const paths = own.flatMap((file) => findPath(file) ?? [])
    const list = paths.map((path) => quotedString(literalPath(path))).join(', ')
    const select = `select cast(${dataset} as smallint) as dataset, ${columns} from read_parquet([${list}])`
    return paths.length === 0 ? [] : [select]
  })
}

/**
 * Adds clicks to `wanted_clicks` that the scanner did not know to be wanted: conversions in lines that are not clean name
 * them. To be called where a conversion found no click.
 *
 * @returns Whether there are any.
 */
export async function findUnwantedClicks(connection: DuckDBConnection): Promise<boolean> {
  await connection.run(`
    create table unfound_clicks as
    select distinct dataset, click_id from stg_conversions
    where not exists (
      select click_id from wanted_clicks
      where
        wanted_clicks.dataset = stg_conversions.dataset
        and wanted_clicks.click_id = stg_conversions.click_id
    )`)
  if ((await countRows(connection, 'unfound_clicks')) === 0) return false
  const [range] = await readRows<{ least: string; greatest: string }>(
    connection,
    `select cast(min(click_id) as varchar) as least, cast(max(click_id) as varchar) as greatest
     from unfound_clicks`,
  )
  await connection.run(`
    insert into found_clicks
    select dataset, click_id, banner_id, campaign_id from stg_clicks
    where
      click_id between ${range?.least} and ${range?.greatest}
      and (dataset, click_id) in (select (dataset, click_id) from unfound_clicks)`)
  return (await countRows(connection, 'found_clicks')) > 0
}

/** Tells whether no key stands twice in a dataset, from what the scanner saw; null if that does not tell. */
export function isKeyUnique(files: readonly ScannedFile[] | null, table: Table): boolean | null {
  const ranges = readRanges(files, table)
  if (ranges === null) return null
  const isApart = DATASETS.every((one) => areApart(ranges.filter(({ dataset }) => dataset === one)))
  return isApart ? true : null
}

/** Tells whether the datasets have no key in common, from what the scanner saw; null if that does not tell. */
export function areKeysApart(files: readonly ScannedFile[] | null, table: Table): boolean | null {
  const ranges = readRanges(files, table)
  return ranges !== null && areApart(ranges) ? true : null
}

interface DatasetRange {
  readonly dataset: Dataset
  readonly first: bigint
  readonly last: bigint
}

/** Null if the keys of a file do not ascend, or if it was not scanned. */
function readRanges(files: readonly ScannedFile[] | null, table: Table): DatasetRange[] | null {
  if (files === null) return null
  const own = files.filter((file) => file.table === table)
  const ranges = own.flatMap(({ dataset, scan }) => describeRange(dataset, scan?.keys ?? null))
  return ranges.length === own.length ? ranges : null
}

function describeRange(dataset: Dataset, keys: KeyRange | null): DatasetRange[] {
  return keys === null ? [] : [{ dataset, first: BigInt(keys.first), last: BigInt(keys.last) }]
}

/** Tells whether no key is in two ranges. */
export function areApart(ranges: readonly Omit<DatasetRange, 'dataset'>[]): boolean {
  const sorted = [...ranges].sort((one, other) => (one.first < other.first ? -1 : 1))
  return sorted.every(({ first }, place) => first > (sorted[place - 1]?.last ?? 0n))
}
