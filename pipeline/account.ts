/** The accounting: for every file, each line is accepted, rejected or a duplicate; every reject is kept. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput } from '../artifacts/schema.ts'
import { literalPath, quotedString, readRows } from './database.ts'
import type { ReadyFile } from './intake.ts'
import type { Scanner } from './scan/scanner.ts'

/** A row of `unfit_rows`. */
interface UnfitRow {
  file: number
  key: number
  reason: 'conflict' | 'orphan'
  line_count: number
}

/** What the accounting needs. */
export interface AccountOptions {
  readonly scanner: Scanner
  readonly files: readonly ReadyFile[]
  /** For lists of rejects on their way into the database. */
  readonly workFolder: string
}

/**
 * Fills the table `rejects` and counts what became of the lines of each file.
 *
 * @returns One entry a file, in the order of `files`.
 */
export async function accountForLines(
  connection: DuckDBConnection,
  { scanner, files, workFolder }: AccountOptions,
): Promise<ManifestInput[]> {
  await createRejects(connection)
  for (const file of files) {
    if (file.rejectsPath !== null) await loadRejects(connection, file, file.rejectsPath)
  }
  const unfitOfFile = groupByFile(await readRows<UnfitRow>(connection, 'from unfit_rows'))
  for (const [index, rows] of unfitOfFile) {
    const file = files[index]
    if (file === undefined) throw new Error(`rows of an unknown file: ${index}`)
    await rejectUnfitRows(connection, { scanner, file, rows, workFolder })
  }
  const duplicates = await readRows<{ file: number; row_count: number }>(
    connection,
    'from duplicate_rows',
  )
  const duplicatesOfFile = new Map(duplicates.map(({ file, row_count }) => [file, row_count]))
  return files.map((file) => {
    const unfitLines = sumOf(unfitOfFile.get(file.index) ?? [])
    return inputOf(file, unfitLines, duplicatesOfFile.get(file.index) ?? 0)
  })
}

function inputOf(file: ReadyFile, unfit: number, repeated: number): ManifestInput {
  const { source, inspection, status, warnings, counts } = file
  return {
    dataset: source.dataset,
    table: source.table,
    path: source.path,
    bytes: inspection.bytes,
    sha256: inspection.sha256,
    rows: inspection.rows,
    accepted: counts.accepted - unfit - repeated,
    rejected: counts.rejected + unfit,
    duplicates: status === 'duplicate' ? inspection.rows : repeated,
    status,
    rounded: counts.rounded,
    ignored_columns: inspection.header.ignored,
    warnings,
  }
}

async function createRejects(connection: DuckDBConnection): Promise<void> {
  await connection.run(`create table rejects (
    dataset utinyint, "table" varchar, file varchar, line bigint, reason varchar, text varchar)`)
}

async function loadRejects(
  connection: DuckDBConnection,
  { source }: ReadyFile,
  rejectsPath: string,
): Promise<void> {
  await connection.run(
    `insert into rejects
     select $dataset, $table, $file, line, reason, text
     from read_json(${quotedString(literalPath(rejectsPath))}, format = 'newline_delimited',
       columns = {line: 'bigint', reason: 'varchar', text: 'varchar'})`,
    { dataset: source.dataset, table: source.table, file: source.path },
  )
}

async function rejectUnfitRows(
  connection: DuckDBConnection,
  { scanner, file, rows, workFolder }: UnfitFile,
): Promise<void> {
  const { fullPath: path, table } = file.source
  const rejectsPath = join(workFolder, `${file.index}.unfit.json`)
  const reasons = new Map(rows.map(({ key, reason }) => [String(key), reason]))
  const task = { path, table, inspection: file.inspection, reasons, rejectsPath }
  const found = await scanner.run('findLines', path, task)
  const expected = sumOf(rows)
  if (found !== expected) throw new Error(`${path}: ${expected} lines to reject, ${found} found`)
  await loadRejects(connection, file, rejectsPath)
}

interface UnfitFile {
  readonly scanner: Scanner
  readonly file: ReadyFile
  readonly rows: readonly UnfitRow[]
  readonly workFolder: string
}

function groupByFile(rows: readonly UnfitRow[]): Map<number, UnfitRow[]> {
  const groups = new Map<number, UnfitRow[]>()
  for (const row of rows) {
    const group = groups.get(row.file)
    if (group === undefined) groups.set(row.file, [row])
    else group.push(row)
  }
  return groups
}

function sumOf(rows: readonly UnfitRow[]): number {
  return rows.reduce((sum, { line_count }) => sum + line_count, 0)
}
