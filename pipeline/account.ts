/** The accounting: for every file, each line is accepted, rejected or a duplicate; every reject is kept. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { ManifestInput } from '../artifacts/schema.ts'
import { countRows, literalPath, quotedString, readCount, readRows } from './database.ts'
import type { ReadyFile } from './intake.ts'
import { readSql } from './models.ts'
import type { Scanner } from './scan/scanner.ts'

/** A row that staging left out, by its key. */
interface UnfitRow {
  file: number
  key: number
  reason: 'conflict' | 'orphan'
  /** How many lines of the file are rejected for it. */
  lines: number
}

/** What the accounting needs. */
export interface AccountOptions {
  readonly scanner: Scanner
  readonly files: readonly ReadyFile[]
  /** For lists of rejects on their way into the database. */
  readonly workFolder: string
}

/** Rows of a conflict: all rows with the id, in every file. */
const CONFLICTS = (table: 'clicks' | 'conversions', key: string) => `
  select loaded.file, loaded.${key} as key, 'conflict' as reason, count(*) as lines
  from loaded_${table} as loaded
  inner join repeated_${table} as repeated
    on loaded.dataset = repeated.dataset and loaded.${key} = repeated.${key}
  where repeated.is_conflict
  group by loaded.file, loaded.${key}`

/** Of equal rows of an orphan only the first is the reject, the others are its duplicates. */
const ORPHANS = `
  select min(loaded.file) as file, loaded.conversion_id as key, 'orphan' as reason, 1 as lines
  from loaded_conversions as loaded
  inner join orphans
    on loaded.dataset = orphans.dataset and loaded.conversion_id = orphans.conversion_id
  group by loaded.dataset, loaded.conversion_id`

/** Rows that repeat one that counts; the first of them, in the order of files, is the one that counts. */
const DUPLICATES = (table: 'clicks' | 'conversions', key: string) => `
  select
    loaded.file,
    count(*) - count(distinct case when loaded.file = repeated.first_file then loaded.${key} end)
      as duplicates
  from loaded_${table} as loaded
  inner join repeated_${table} as repeated
    on loaded.dataset = repeated.dataset and loaded.${key} = repeated.${key}
  where not repeated.is_conflict
  group by loaded.file`

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
  const unfit = await readUnfitRows(connection)
  const unfitOfFile = groupByFile(unfit)
  for (const [index, rows] of unfitOfFile) {
    const file = files[index]
    if (file === undefined) throw new Error(`rows of an unknown file: ${index}`)
    await rejectUnfitRows(connection, { scanner, file, rows, workFolder })
  }
  const duplicates = await readDuplicates(connection)
  return files.map((file) => {
    const unfitLines = sumOf(unfitOfFile.get(file.index) ?? [])
    return inputOf(file, unfitLines, duplicates.get(file.index) ?? 0)
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

async function readUnfitRows(connection: DuckDBConnection): Promise<UnfitRow[]> {
  const conflicts = [
    ...(await readRows<UnfitRow>(connection, CONFLICTS('clicks', 'click_id'))),
    ...(await readRows<UnfitRow>(connection, CONFLICTS('conversions', 'conversion_id'))),
  ]
  if (!(await hasOrphans(connection))) return conflicts
  await connection.run(`create table orphans as (${await readSql('staging', 'orphans')}\n)`)
  return [...conflicts, ...(await readRows<UnfitRow>(connection, ORPHANS))]
}

/** Every staged conversion that is no orphan was counted for a banner, so two sums tell without a join. */
async function hasOrphans(connection: DuckDBConnection): Promise<boolean> {
  const counted = 'select sum(conversion_count) from banner_conversions'
  return (await countRows(connection, 'stg_conversions')) !== (await readCount(connection, counted))
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

async function readDuplicates(connection: DuckDBConnection): Promise<Map<number, number>> {
  const rows = [
    ...(await readRows<{ file: number; duplicates: number }>(
      connection,
      DUPLICATES('clicks', 'click_id'),
    )),
    ...(await readRows<{ file: number; duplicates: number }>(
      connection,
      DUPLICATES('conversions', 'conversion_id'),
    )),
  ]
  return new Map(rows.map(({ file, duplicates }) => [file, duplicates]))
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
  return rows.reduce((sum, { lines }) => sum + lines, 0)
}
