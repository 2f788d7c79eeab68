/**
 * Logs whose rows are known, damaged in every way that hides rows or invents them. The judge knows the rows from before
 * the damage and shares no code with pipeline/.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { DuckDBConnection } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import type { List, Table } from '../../../contract/schema.ts'
import { readRows as readObjects, withDatabase } from '../../../pipeline/base/database.ts'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import { COLUMNS } from '../../../pipeline/input/columns.ts'
import { inspectFile } from '../../../pipeline/input/scan/inspect.ts'
import {
  type NormaliseCounts,
  type NormaliseTask,
  normaliseFile,
} from '../../../pipeline/input/scan/normalise.ts'
import { scanFile } from '../../../pipeline/input/scan/scan-file.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { polluteRows, type RowVariant } from '../../helpers/polluted-rows.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'

const SEED = 20_261_125

const TABLES = ['impressions', 'clicks', 'conversions', 'banners', 'campaign_banners'] as const

describe.each<Table | List>(TABLES)('rows of polluted %s', (table) => {
  const all = polluteRows(table)
  const isList = table === 'banners' || table === 'campaign_banners'
  const variants = sampled(all, size(100, isList ? 2000 : 4000))

  it('come in at least 2,000 variants', () => {
    expect(all.length).toBeGreaterThanOrEqual(2000)
  })

  it(`are never lost or invented without a count (seed ${SEED})`, {
    timeout: 600_000,
  }, async () => {
    const wrong: string[] = []
    const outcomes: Record<string, Outcomes> = {}
    const resultsOfLines = new Map<string, string>()

    await withPlace(async (place) => {
      for (const variant of variants) {
        const scanned = await scan(place, table, variant)
        const fault = judge(table, variant, scanned)
        if (fault !== null) wrong.push(`${variant.name}: ${fault}`)
        const counts = outcomes[variant.kind] ?? { exact: 0, counted: 0, refused: 0 }
        outcomes[variant.kind] = counts
        if (typeof scanned === 'string') counts.refused += 1
        else counts[scanned.rejected === 0 ? 'exact' : 'counted'] += 1
        // The same lines in another wrapping must mean the same.
        if (typeof scanned === 'string') continue
        const { linesSha256, ...result } = scanned
        const text = JSON.stringify(result)
        const same = resultsOfLines.get(linesSha256) ?? text
        if (same !== text) wrong.push(`${variant.name}: ${text}, in another wrapping ${same}`)
        resultsOfLines.set(linesSha256, text)
      }
    })

    if (process.env.SHOW_POLLUTION !== undefined) {
      console.log(table, variants.length, JSON.stringify(outcomes))
    }
    expect(wrong).toEqual([])
    // Each way out must have been taken.
    expect(outcomes['joined lines']?.refused).toBeGreaterThan(0)
    expect(outcomes['second table']?.refused).toBeGreaterThan(0)
    expect(outcomes.garbage?.counted).toBeGreaterThan(0)
  })
})

interface Outcomes {
  exact: number
  counted: number
  refused: number
}

/** What the scanner made of a file; a text is the message of a refusal. */
type Scanned =
  | string
  | { readonly rows: readonly string[]; readonly rejected: number; readonly linesSha256: string }

/** Says what is wrong, or null. */
function judge(
  table: Table | List,
  { kind, truth, name }: RowVariant,
  scanned: Scanned,
): string | null {
  // A line that is one bad row costs nothing else, but in a file with texts: a quote may be open there, and a word is
  // no value that is missing.
  const hasText = name.includes('noted') || table === 'banners'
  const isHarmless = kind === 'wrapping' || (kind === 'garbage' && !hasText)
  if (typeof scanned === 'string') return isHarmless ? `refused: ${scanned}` : null
  const { rows, rejected } = scanned
  const left = [...truth].sort()
  for (const row of rows) {
    const place = left.indexOf(row)
    if (place === -1) return `invented ${row}`
    left.splice(place, 1)
  }
  if (isHarmless && left.length > 0) return `lost ${left.join(' ')}`
  return left.length > rejected ? `${left.length} rows are missing, ${rejected} rejected` : null
}

function withPlace(fn: (place: Place) => Promise<void>): Promise<void> {
  return withFolder((folder) =>
    withDatabase(':memory:', { threads: 1, memoryLimit: '500MB' }, (connection) =>
      fn({ folder, connection }),
    ),
  )
}

/** Where files go, and what reads Parquet. */
interface Place {
  readonly folder: string
  readonly connection: DuckDBConnection
}

async function scan(place: Place, table: Table | List, variant: RowVariant): Promise<Scanned> {
  const { folder } = place
  await writeFiles(folder, { [variant.file]: variant.content })
  const path = join(folder, variant.file)
  const [rowsPath, rejectsPath] = [join(folder, 'rows'), join(folder, 'rejects')]
  try {
    const inspection = await inspectFile({ path, table })
    const counts = await normaliseFile({ path, table, inspection, rowsPath, rejectsPath })
    const rows = await readRows(table, rowsPath)
    if (table !== 'banners' && table !== 'campaign_banners') {
      await assertSameInParquet(place, { path, table, inspection }, { counts, rows })
    }
    if (rows.length !== counts.accepted) throw new Error(`${rows.length} rows, ${counts.accepted}`)
    if (inspection.isClean && counts.rejected > 0) throw new Error('clean, with rejects')
    const { linesSha256 } = inspection
    return { rows, rejected: counts.rejected, linesSha256 }
  } catch (error) {
    if (error instanceof PipelineError) return error.message
    throw error
  }
}

/** The rows that a build reads are parsed by loops of their own: the text is made of the lines that were proven. */
async function assertSameInParquet(
  { folder, connection }: Place,
  file: Pick<NormaliseTask, 'path' | 'inspection'> & { readonly table: Table },
  text: { readonly counts: NormaliseCounts; readonly rows: readonly string[] },
): Promise<void> {
  // DuckDB keeps what it knows of a file that has the same name.
  const [first, second] = [join(folder, randomUUID()), join(folder, randomUUID())]
  const rejectsPath = join(folder, 'parquet-rejects')
  const { inspection: again } = await scanFile({ ...file, rowsPath: first })
  const counts = await normaliseFile({ ...file, rowsPath: second, rejectsPath, form: 'parquet' })
  if (again.isClean !== file.inspection.isClean) throw new Error('clean in one form only')
  if (!isDeepStrictEqual(counts, text.counts)) throw new Error(`counted ${JSON.stringify(counts)}`)
  if ((await readFile(rejectsPath, 'utf8')) !== (await readFile(join(folder, 'rejects'), 'utf8'))) {
    throw new Error('other rejects')
  }
  for (const path of again.isClean ? [first, second] : [second]) {
    const rows = await readParquet(connection, file.table, path)
    const expected = text.rows.map((row) => withSixDecimals(file.table, row)).sort()
    if (!isDeepStrictEqual(rows, expected)) throw new Error(`other rows: ${rows.join(' ')}`)
  }
}

/** As text; impressions as often as they were counted. */
async function readParquet(
  connection: DuckDBConnection,
  table: Table,
  path: string,
): Promise<string[]> {
  const columns = COLUMNS[table].map(({ name }) => `cast(${name} as varchar)`)
  const rows = await readObjects<{ text: string; times: number }>(
    connection,
    `select concat_ws(',', ${columns.join(', ')}) as text,
       ${table === 'impressions' ? 'row_count' : '1'} as times
     from read_parquet('${path}')`,
  )
  return rows.flatMap(({ text, times }) => Array.from({ length: times }, () => text)).sort()
}

/** As DuckDB writes a decimal number. */
function withSixDecimals(table: Table, row: string): string {
  if (table !== 'conversions') return row
  const [whole, decimals = ''] = row.split('.')
  return `${whole}.${decimals.padEnd(6, '0')}`
}

/** Impressions are counted, `banner_id,campaign_id,count` a line. */
async function readRows(table: Table | List, path: string): Promise<string[]> {
  // A clean file is its own list of rows, and its last one may lack its line end.
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  if (table === 'banners' || table === 'campaign_banners') {
    return lines.map((line) => Object.values(JSON.parse(line)).join(',')).sort()
  }
  if (table !== 'impressions') return lines.sort()
  return lines
    .flatMap((line) => {
      const [banner, campaign, count] = line.split(',')
      return Array.from({ length: Number(count) }, () => `${banner},${campaign}`)
    })
    .sort()
}

function sampled<T>(items: readonly T[], count: number): T[] {
  if (count >= items.length) return [...items]
  const random = seededRandom(SEED)
  return items.filter(() => random() < count / items.length)
}
