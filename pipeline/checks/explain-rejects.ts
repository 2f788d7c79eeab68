/** Why rows that fit by themselves are rejected: the other half of a conflict, and where the click of an orphan is. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput, Table } from '../../contract/schema.ts'
import { readCount, readRows } from '../base/database.ts'
import { COLUMNS } from '../input/columns.ts'
import { withoutPacking } from '../input/packing.ts'
import type { ShownReject } from '../input/reject-share.ts'
import type { FoundLine } from '../input/scan/find-lines.ts'
import type { ReconcileOptions } from './reconcile.ts'

type AccountedFile = ReconcileOptions['files'][number]

/** A file whose rejects are explained, among the others. */
export interface ExplainOptions extends Pick<ReconcileOptions, 'files' | 'findLines'> {
  readonly file: AccountedFile
}

/**
 * Shows the first reject of each reason of a file, in the order of lines, and says what is behind it.
 *
 * @param connection - Has `rejects`, `unfit_rows`, and the loaded rows, unless a cluster ranked.
 */
export async function explainRejects(
  connection: DuckDBConnection,
  options: ExplainOptions,
): Promise<ShownReject[]> {
  const examples = await listExamples(connection, options.file.source)
  const isHere = (await readCount(connection, LOADED)) > 0
  const explained: ShownReject[] = []
  for (const example of examples) {
    const detail = isHere ? await findDetail(connection, example, options) : undefined
    explained.push(detail === undefined ? example : { ...example, detail })
  }
  return explained
}

/**
 * Shows the first reject of each reason of a file, in the order of lines.
 *
 * @param connection - Has `rejects`.
 */
export function listExamples(
  connection: DuckDBConnection,
  { dataset, table, path }: Pick<ManifestInput, 'dataset' | 'table' | 'path'>,
): Promise<ShownReject[]> {
  return readRows<ShownReject>(
    connection,
    `select reason, count(*) as count, min(line) as line, arg_min(text, line) as text from rejects
     where dataset is not distinct from $dataset and "table" = $table and file = $file
     group by reason order by min(line)`,
    { dataset, table, file: withoutPacking(path) },
  )
}

const LOADED = "select count(*) from duckdb_views() where view_name = 'loaded_clicks'"

async function findDetail(
  connection: DuckDBConnection,
  { reason, line }: ShownReject,
  options: ExplainOptions,
): Promise<string | undefined> {
  if (reason !== 'conflict' && reason !== 'orphan') return undefined
  const { file, findLines } = options
  const invalid = await readRows<{ key: string }>(
    connection,
    'select cast(key as varchar) as key from unfit_rows where file = $file and reason = $reason',
    { file: file.index, reason },
  )
  const lines = await findLines(file.index, new Set(invalid.map(({ key }) => key)))
  const found = lines.find((one) => one.line === line)
  if (found === undefined) return undefined
  return reason === 'conflict'
    ? describeConflict(connection, found, options)
    : describeOrphan(connection, found, options)
}

/** Names another line with the same id and other contents. */
async function describeConflict(
  connection: DuckDBConnection,
  { key, line, text }: FoundLine,
  { file, files, findLines }: ExplainOptions,
): Promise<string | undefined> {
  const { dataset, table } = file.source
  const holders = await readRows<{ file: number }>(
    connection,
    `select distinct file from loaded_${table}
     where dataset = $dataset and ${findKeyColumn(table)} = cast($key as bigint) order by file`,
    { dataset, key },
  )
  for (const holder of holders) {
    const lines = await findLines(holder.file, new Set([key]))
    const other = lines.find(
      (one) => one.text !== text && !(holder.file === file.index && one.line === line),
    )
    const path = files[holder.file]?.source.path
    if (other !== undefined && path !== undefined) {
      return `conflict with ${withoutPacking(path)} line ${other.line}`
    }
  }
  return undefined
}

async function describeOrphan(
  connection: DuckDBConnection,
  { key }: FoundLine,
  { file }: ExplainOptions,
): Promise<string> {
  const [row] = await readRows<{ click_id: string }>(
    connection,
    `select cast(click_id as varchar) as click_id from loaded_conversions
     where file = $file and conversion_id = cast($key as bigint) limit 1`,
    { file: file.index, key },
  )
  const click = row?.click_id ?? ''
  const found = await readRows<{ dataset: number }>(
    connection,
    `select distinct dataset from loaded_clicks where click_id = cast($click as bigint)
     order by dataset`,
    { click },
  )
  const datasets = found.map(({ dataset }) => dataset)
  if (datasets.length === 0) return `orphan, there is no click ${click}`
  if (datasets.includes(file.source.dataset))
    return `orphan, its click ${click} is rejected as a conflict`
  return `orphan, its click ${click} is in dataset ${datasets.join(' and ')}`
}

function findKeyColumn(table: Table): string {
  return COLUMNS[table][0]?.name ?? ''
}
