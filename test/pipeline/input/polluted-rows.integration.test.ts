/**
 * Logs whose rows are known, damaged in every way that hides rows or invents them. The judge knows the rows from before
 * the damage and shares no code with pipeline/.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { List, Table } from '../../../contract/schema.ts'
import { PipelineError } from '../../../pipeline/base/errors.ts'
import { inspectFile } from '../../../pipeline/input/scan/inspect.ts'
import { normaliseFile } from '../../../pipeline/input/scan/normalise.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'
import { polluteRows, type RowVariant } from '../../helpers/polluted-rows.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'

const SEED = 20_261_125

const TABLES = ['impressions', 'clicks', 'conversions', 'banners', 'campaign_banners'] as const

describe.each<Table | List>(TABLES)('rows of polluted %s', (table) => {
  const all = polluteRows(table)
  const isList = table === 'banners' || table === 'campaign_banners'
  const variants = sampled(all, isList ? size(150, 3000) : size(400, all.length))

  it('come in at least 2,000 variants', () => {
    expect(all.length).toBeGreaterThanOrEqual(2000)
  })

  it(`are never lost or invented without a count (seed ${SEED})`, {
    timeout: 600_000,
  }, async () => {
    const wrong: string[] = []
    const outcomes: Record<string, Outcomes> = {}
    const resultsOfLines = new Map<string, string>()

    await withFolder(async (folder) => {
      for (const variant of variants) {
        const scanned = await scan(folder, table, variant)
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

async function scan(folder: string, table: Table | List, variant: RowVariant): Promise<Scanned> {
  await writeFiles(folder, { [variant.file]: variant.content })
  const path = join(folder, variant.file)
  const [rowsPath, rejectsPath] = [join(folder, 'rows'), join(folder, 'rejects')]
  try {
    const inspection = await inspectFile({ path, table })
    const counts = await normaliseFile({ path, table, inspection, rowsPath, rejectsPath })
    const rows = await readRows(table, rowsPath)
    if (rows.length !== counts.accepted) throw new Error(`${rows.length} rows, ${counts.accepted}`)
    if (inspection.isClean && counts.rejected > 0) throw new Error('clean, with rejects')
    const { linesSha256 } = inspection
    return { rows, rejected: counts.rejected, linesSha256 }
  } catch (error) {
    if (error instanceof PipelineError) return error.message
    throw error
  }
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
