import type { DuckDBConnection } from '@duckdb/node-api'
import { DATASETS, type Dataset, TABLES, type Table } from '../../contract/schema.ts'
import { literalPath, quotedString } from '../base/database.ts'
import { COLUMNS, SQL_TYPES } from '../input/columns.ts'

/** Cached rows of one input file. */
export interface LoadedFile {
  readonly dataset: Dataset
  readonly table: Table
  /** Place of the input file in the order of paths; its rows carry it. */
  readonly index: number
  /** Parquet, as scan/parquet-rows.ts writes it. */
  readonly rowsPath: string
}

/**
 * Creates the views `loaded_<table>` over cached rows: `dataset`, `file` (the index), and the columns of the log; of
 * impressions also `row_count`, since they are counted on the way.
 *
 * @param prefix - Of the names, instead of `loaded`.
 */
export async function createLoadedViews(
  connection: DuckDBConnection,
  files: readonly LoadedFile[],
  prefix = 'loaded',
): Promise<void> {
  for (const table of TABLES) await createLoadedView(connection, table, { files, prefix })
}

/** Creates one of the views of {@link createLoadedViews}. */
export async function createLoadedView(
  connection: DuckDBConnection,
  table: Table,
  { files, prefix }: { readonly files: readonly LoadedFile[]; readonly prefix: string },
): Promise<void> {
  const own = files.filter((file) => file.table === table)
  await connection.run(`create view ${prefix}_${table} as ${formatSelect(table, own)}`)
}

/** One select a dataset, so that a condition on the dataset passes over the files of the others. */
function formatSelect(table: Table, files: readonly LoadedFile[]): string {
  const selects = DATASETS.flatMap((dataset) => {
    const own = files.filter((file) => file.dataset === dataset)
    return own.length === 0 ? [] : [selectOfDataset(dataset, own)]
  })
  return selects.length === 0 ? emptySelect(table) : selects.join('\nunion all\n')
}

function selectOfDataset(dataset: Dataset, files: readonly LoadedFile[]): string {
  const paths = files.map(({ rowsPath }) => quotedString(literalPath(rowsPath)))
  const indexes = files.map(({ index }) => index)
  return `select
    cast(${dataset} as smallint) as dataset,
    cast([${indexes.join(', ')}][cast(file_index as bigint) + 1] as integer) as file,
    *
  from read_parquet([${paths.join(', ')}])`
}

function emptySelect(table: Table): string {
  const columns = COLUMNS[table].map(({ name, kind }) => [name, SQL_TYPES[kind]])
  const counted = table === 'impressions' ? [['row_count', 'bigint']] : []
  const all = [['dataset', 'smallint'], ['file', 'integer'], ...columns, ...counted]
  return `select ${all.map(([name, type]) => `cast(null as ${type}) as ${name}`).join(', ')} where false`
}
