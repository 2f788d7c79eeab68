/** The accounting: for every file, each line is accepted, rejected or a duplicate; every reject is kept. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput } from '../../contract/schema.ts'
import { literalPath, quotedString, readRows } from '../base/database.ts'
import { withoutPacking } from '../input/packing.ts'
import type { FoundLine } from '../input/scan/find-lines.ts'
import { withSink } from '../input/scan/sink.ts'
import type { Ranked, RankedFile } from '../rank/ranker.ts'

/** A row of `unfit_rows`. */
interface InvalidRow {
  file: number
  /** Digits: it may be beyond what a number holds exactly. */
  key: string
  reason: 'conflict' | 'orphan'
  line_count: number
}

/** What the accounting needs. */
export interface ReconcileOptions extends Pick<Ranked, 'files' | 'findLines'> {
  /** For lists of rejects on their way into the database. */
  readonly workFolder: string
}

/**
 * Fills the table `rejects` and counts what became of the lines of each file.
 *
 * @returns One entry a file, in the order of `files`.
 */
export async function reconcileLogs(
  connection: DuckDBConnection,
  options: ReconcileOptions,
): Promise<ManifestInput[]> {
  const { files } = options
  await createRejects(connection)
  for (const file of files) {
    if (file.rejectsPath !== null) await loadRejects(connection, file.source, file.rejectsPath)
  }
  const invalidOfFile = groupByFile(await readInvalidRows(connection))
  for (const [index, rows] of invalidOfFile) {
    const file = files[index]
    if (file === undefined) throw new Error(`rows of an unknown file: ${index}`)
    await rejectInvalidRows(connection, { ...options, file, rows })
  }
  const duplicates = await readRows<{ file: number; row_count: number }>(
    connection,
    'from duplicate_rows',
  )
  const duplicatesOfFile = new Map(duplicates.map(({ file, row_count }) => [file, row_count]))
  return files.map((file) => {
    const unfitLines = sumLines(invalidOfFile.get(file.index) ?? [])
    return describeInput(file, unfitLines, duplicatesOfFile.get(file.index) ?? 0)
  })
}

function readInvalidRows(connection: DuckDBConnection): Promise<InvalidRow[]> {
  return readRows<InvalidRow>(
    connection,
    'select file, cast(key as varchar) as key, reason, line_count from unfit_rows',
  )
}

function describeInput(file: RankedFile, invalid: number, repeated: number): ManifestInput {
  const { source, inspection, status, warnings, counts } = file
  return {
    dataset: source.dataset,
    table: source.table,
    path: source.path,
    bytes: inspection.bytes,
    sha256: inspection.sha256,
    lines_bytes: inspection.linesBytes,
    lines_sha256: inspection.linesSha256,
    rows: inspection.rows,
    accepted: counts.accepted - invalid - repeated,
    rejected: counts.rejected + invalid,
    duplicates: status === 'duplicate' ? inspection.rows : repeated,
    status,
    rounded: counts.rounded,
    ignored_columns: inspection.header.ignored,
    warnings,
  }
}

/** Creates the table `rejects`, unless it is there. */
export async function createRejects(connection: DuckDBConnection): Promise<void> {
  await connection.run(`create table if not exists rejects (
    dataset smallint, "table" varchar, file varchar, line bigint, reason varchar, text varchar)`)
}

/** Loads rejects of a file, JSON lines with `line`, `reason` and `text`, into the table `rejects`. */
export async function loadRejects(
  connection: DuckDBConnection,
  { dataset, table, path }: Pick<ManifestInput, 'dataset' | 'table' | 'path'>,
  rejectsPath: string,
): Promise<void> {
  await connection.run(
    `insert into rejects
     select $dataset, $table, $file, line, reason, text
     from read_json(${quotedString(literalPath(rejectsPath))}, format = 'newline_delimited',
       columns = {line: 'bigint', reason: 'varchar', text: 'varchar'})`,
    { dataset, table, file: withoutPacking(path) },
  )
}

async function rejectInvalidRows(
  connection: DuckDBConnection,
  invalid: FileWithInvalidRows,
): Promise<void> {
  const { file, rows } = invalid
  const reasons = new Map(rows.map(({ key, reason }) => [key, reason]))
  const lines = await invalid.findLines(file.index, new Set(reasons.keys()))
  const rejectsPath = join(invalid.workFolder, `${file.index}.invalid.json`)
  const rejected = await withSink(rejectsPath, async (rejects) => {
    const unfitLines = chooseUnfit(lines, reasons)
    for (const { line, reason, text } of unfitLines) {
      rejects.push(`${JSON.stringify({ line, reason, text })}\n`)
      await rejects.flush()
    }
    return unfitLines.length
  })
  const expected = sumLines(rows)
  if (rejected !== expected) {
    throw new Error(`${file.source.fullPath}: ${expected} lines to reject, ${rejected} found`)
  }
  await loadRejects(connection, file.source, rejectsPath)
}

/** All lines of a conflict are invalid; of an orphan the first is, the others are its duplicates. */
function chooseUnfit(
  lines: readonly FoundLine[],
  reasons: ReadonlyMap<string, InvalidRow['reason']>,
): (FoundLine & Pick<InvalidRow, 'reason'>)[] {
  const orphans = new Set<string>()
  return lines.flatMap((line) => {
    const reason = reasons.get(line.key)
    if (reason === undefined || orphans.has(line.key)) return []
    if (reason === 'orphan') orphans.add(line.key)
    return [{ ...line, reason }]
  })
}

interface FileWithInvalidRows extends ReconcileOptions {
  readonly file: RankedFile
  readonly rows: readonly InvalidRow[]
}

function groupByFile(rows: readonly InvalidRow[]): Map<number, InvalidRow[]> {
  const groups = new Map<number, InvalidRow[]>()
  for (const row of rows) {
    const group = groups.get(row.file)
    if (group === undefined) groups.set(row.file, [row])
    else group.push(row)
  }
  return groups
}

function sumLines(rows: readonly InvalidRow[]): number {
  return rows.reduce((sum, { line_count }) => sum + line_count, 0)
}
