/**
 * A file is loaded exactly, or what was left out is counted and kept, or the file is refused.
 *
 * The judge is a reader of its own, written from RFC 4180 and design.md section 2: it shares no code with pipeline/.
 */
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { TABLES, type Table } from '../../../contract/schema.ts'
import { readRows, withDatabase } from '../../../pipeline/base/database.ts'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import { SILENT } from '../../../pipeline/base/progress.ts'
import {
  type CachedFile,
  cacheFiles,
  listLoadedFiles,
} from '../../../pipeline/cache/cache-files.ts'
import { openCache } from '../../../pipeline/cache/entries.ts'
import { createLoadedViews } from '../../../pipeline/cache/loaded.ts'
import { classifyFiles } from '../../../pipeline/input/classify.ts'
import { inspectSources } from '../../../pipeline/input/inspect-sources.ts'
import { type Scanner, withScanner } from '../../../pipeline/input/scan/scanner.ts'
import type { SourceFile } from '../../../pipeline/input/sources.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { pollute, type Variant } from '../../helpers/pollution.ts'
import { size } from '../../helpers/size.ts'

const FILES: Readonly<Record<Table, string>> = {
  impressions: 'banner_id,campaign_id\n311,71\n322,72\n333,73\n344,74\n355,75\n366,76\n',
  clicks: 'click_id,banner_id,campaign_id\n1011,31,7\n1022,32,7\n1033,33,8\n1044,34,9\n',
  conversions: 'conversion_id,click_id,revenue\n211,1011,0.5\n222,1022,12.25\n233,1033,7\n',
}

const COLUMNS: Readonly<Record<Table, readonly string[]>> = {
  impressions: ['banner_id', 'campaign_id'],
  clicks: ['click_id', 'banner_id', 'campaign_id'],
  conversions: ['conversion_id', 'click_id', 'revenue'],
}

/** Of the variants, one in so many is tried. */
const EVERY = size(29, 1)

describe.each<Table>(['impressions', 'clicks', 'conversions'])('polluted %s', (table) => {
  const variants = pollute(FILES[table])

  it('come in at least 1,000 variants', () => {
    expect(new Set(variants.map(({ content }) => content.toString('latin1'))).size).toBeGreaterThan(
      1000,
    )
  })

  it('are never silently wrong', { timeout: 300_000 }, async () => {
    const outcomes = { exact: 0, counted: 0, refused: 0 }
    const wrong: string[] = []

    await withImporter(table, async (importFile) => {
      for (const variant of variants.filter((_, place) => place % EVERY === 0)) {
        const result = await importFile(variant)
        const fault = result === null ? null : judge(table, variant, result)
        if (fault !== null) wrong.push(`${variant.name}: ${fault}`)
        if (result === null) outcomes.refused += 1
        else outcomes[result.rejected.length === 0 ? 'exact' : 'counted'] += 1
      }
    })

    expect(wrong).toEqual([])
    // Each way out must have been taken: an importer that refuses all would pass, too.
    expect(outcomes.exact).toBeGreaterThan(100 / EVERY)
    expect(outcomes.counted).toBeGreaterThan(100 / EVERY)
    expect(outcomes.refused).toBeGreaterThan(100 / EVERY)
  })

  it('load whole where the damage means nothing', async () => {
    const harmless = [
      'UTF-8 with a byte order mark',
      'CRLF line ends',
      'all values quoted',
      'no last line end',
      'gzip',
    ]
    const expected = rowsOf(table, FILES[table])

    await withImporter(table, async (importFile) => {
      for (const name of harmless) {
        const variant = variants.find((candidate) => candidate.name === name)
        if (variant === undefined) throw new Error(`no such variant: ${name}`)
        const result = await importFile(variant)
        expect([name, result?.rows, result?.rejected]).toEqual([name, expected, []])
      }
    })
  })
})

/** What the importer made of a file. */
interface Imported {
  /** Canonical rows, sorted. */
  readonly rows: readonly string[]
  readonly rejected: readonly number[]
  readonly counted: number
  readonly warnings: readonly string[]
}

/** Says what is wrong with what was loaded, or null. */
function judge(table: Table, variant: Variant, imported: Imported): string | null {
  const text = textOf(variant)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const { counted, rows, rejected, warnings } = imported
  if (counted !== lines.length - 1) return `${counted} lines, ${lines.length - 1} in the file`
  if (rows.length + rejected.length !== counted) return `${counted} lines, not all of them kept`
  const kept = lines.filter((_, index) => !rejected.includes(index + 1))
  const meant = rowsOf(table, kept.join('\n'))
  if (JSON.stringify(meant) !== JSON.stringify(rows)) return `loaded ${rows}, meant ${meant}`
  const isCut = !text.endsWith('\n') && counted > 0
  const isWarned = warnings.some((warning) => warning.includes('cut off'))
  return isCut && !isWarned ? 'no warning of a cut' : null
}

function textOf({ content, file }: Variant): string {
  return (file.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8')
}

/** The rows that a text means: records by RFC 4180, columns by name, values in plain decimal notation. */
function rowsOf(table: Table, text: string): string[] {
  const [names = [], ...records] = recordsOf(text.replace(/^\uFEFF/, ''))
  const places = COLUMNS[table].map((name) => names.indexOf(name))
  return records
    .filter((record) => record.length === names.length)
    .map((record) => places.map((place) => record[place] ?? ''))
    .filter((values) => values.every((value, index) => isValue(COLUMNS[table][index] ?? '', value)))
    .map((values) =>
      values.map((value) => (value.includes('.') ? trimZeros(value) : value)).join(','),
    )
    .sort()
}

function isValue(column: string, value: string): boolean {
  if (column === 'revenue') return /^(0|[1-9]\d{0,11})(\.\d+)?$/.test(value)
  const greatest = /^(click|conversion)_id$/.test(column) ? 2n ** 63n - 1n : 2n ** 53n - 1n
  return /^[1-9]\d*$/.test(value) && BigInt(value) <= greatest
}

function trimZeros(value: string): string {
  return value.replace(/0+$/, '').replace(/\.$/, '')
}

/** Splits at commas and line feeds outside quotes, character by character. */
function recordsOf(text: string): string[][] {
  const records: string[][] = [[]]
  let field = ''
  let isQuoted = false
  let wasQuoted = false
  const endField = () => {
    records.at(-1)?.push(field)
    field = ''
    wasQuoted = false
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (isQuoted && character === '"' && text[at + 1] === '"') {
      field += '"'
      at += 1
    } else if (character === '"' && (isQuoted || (field === '' && !wasQuoted))) {
      isQuoted = !isQuoted
      wasQuoted = true
    } else if (isQuoted) field += character
    else if (character === ',') endField()
    else if (character === '\n') {
      field = field.replace(/\r$/, '')
      endField()
      records.push([])
    } else field += wasQuoted && character !== '\r' ? `"${character}` : character
  }
  field = field.replace(/\r$/, '')
  endField()
  return records
}

/** Imports one file through the real steps; null if it was refused. */
type ImportFile = (variant: Variant) => Promise<Imported | null>

function withImporter(table: Table, fn: (importFile: ImportFile) => Promise<void>): Promise<void> {
  return withFolder((folder) =>
    withScanner({ bytes: 0, threads: 1 }, (scanner) =>
      withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, (connection) =>
        fn((variant) => importFile({ table, folder, scanner, connection, variant })),
      ),
    ),
  )
}

interface Import {
  readonly table: Table
  readonly folder: string
  readonly scanner: Scanner
  readonly connection: DuckDBConnection
  readonly variant: Variant
}

async function importFile({
  table,
  folder,
  scanner,
  connection,
  variant,
}: Import): Promise<Imported | null> {
  await writeFiles(folder, { [variant.file]: variant.content })
  const fullPath = join(folder, variant.file)
  const source: SourceFile = {
    dataset: 1,
    table,
    path: variant.file,
    fullPath,
    bytes: variant.content.length,
  }
  try {
    const intake = { scanner, workFolder: folder, renames: [], readsCleanFiles: false }
    const { inspections } = await inspectSources([source], [null], intake)
    const inspected = classifyFiles([source], inspections, { keepEqualFiles: false })
    const files = await cacheFiles(inspected, {
      ...intake,
      cache: openCache(folder, { renames: [], force: true, startMs: 0 }),
      maxRejectShare: 1,
      progress: SILENT,
    })
    await dropLoadedViews(connection)
    await createLoadedViews(connection, files.flatMap(listLoadedFiles))
    return await readImported(connection, table, files)
  } catch (error) {
    if (error instanceof PipelineError) return null
    throw error
  }
}

async function dropLoadedViews(connection: DuckDBConnection): Promise<void> {
  for (const name of TABLES) await connection.run(`drop view if exists loaded_${name}`)
}

async function readImported(
  connection: DuckDBConnection,
  table: Table,
  [file]: readonly CachedFile[],
): Promise<Imported> {
  if (file === undefined) throw new Error('no file')
  const columns = COLUMNS[table].map((name) => `cast(${name} as varchar)`).join(` || ',' || `)
  const times = table === 'impressions' ? 'row_count' : '1'
  const loaded = await readRows<{ text: string; times: number }>(
    connection,
    `select ${columns} as text, ${times} as times from loaded_${table}`,
  )
  const rejects =
    file.rejectsPath === null
      ? []
      : await readRows<{ line: number }>(
          connection,
          `select line from read_json('${file.rejectsPath}',
          format = 'newline_delimited', columns = {line: 'bigint', reason: 'varchar', text: 'varchar'})`,
        )
  return {
    rows: loaded
      .flatMap(({ text, times: count }) => Array.from({ length: count }, () => text))
      .map((text) =>
        text
          .split(',')
          .map((value) => (value.includes('.') ? trimZeros(value) : value))
          .join(','),
      )
      .sort(),
    rejected: rejects.map(({ line }) => line),
    counted: file.inspection.rows,
    warnings: file.warnings,
  }
}
