import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRows, withDatabase } from '../../../../pipeline/base/database.ts'
import { RowsFile } from '../../../../pipeline/base/parquet/rows-file.ts'
import { withFolder } from '../../../helpers/folders.ts'
import { seededRandom } from '../../../helpers/seeded-random.ts'

const MOST = 2n ** 63n - 1n

/** Writes columns of whole numbers in pages of so many rows; gives what DuckDB reads, and what it knows of row groups. */
function readBack(columns: Readonly<Record<string, readonly bigint[]>>, pageRows: number) {
  return withFolder(async (folder) => {
    const path = join(folder, 'rows.parquet')
    const pieces: Buffer[] = []
    const names = Object.keys(columns)
    const rows = new RowsFile(
      names.map((name) => ({ name, isRanged: true, ...(name === 'revenue' && { scale: 6 }) })),
      (bytes) => pieces.push(Buffer.from(bytes)),
    )
    const count = Object.values(columns)[0]?.length ?? 0
    for (let start = 0; start < count; start += pageRows) {
      const pages = Object.values(columns).map((values) => {
        const page = BigInt64Array.from(values.slice(start, start + pageRows))
        return new Int32Array(page.buffer)
      })
      rows.addRows(pages, Math.min(pageRows, count - start))
    }
    rows.finish()
    await writeFile(path, Buffer.concat(pieces))
    return withDatabase(':memory:', { threads: 1, memoryLimit: '500MB' }, async (connection) => {
      const texts = names.map((name) => `cast(${name} as varchar) as ${name}`).join(', ')
      const found = await readRows(connection, `select ${texts} from read_parquet('${path}')`)
      const groups = await readRows(
        connection,
        `select path_in_schema as name, cast(row_group_num_rows as integer) as rows,
           stats_min_value as least, stats_max_value as greatest, encodings
         from parquet_metadata('${path}') order by row_group_id, column_id`,
      )
      return { found, groups }
    })
  })
}

function textsOf(values: readonly bigint[]): string[] {
  return values.map(String)
}

describe('RowsFile', () => {
  it.each([1, 2, 33, 2048, 2049, 8192])(
    'gives back random numbers from pages of %i rows',
    async (pageRows) => {
      const random = seededRandom(pageRows)
      const whole = (most: number) => BigInt(Math.floor(random() * most))
      const rows = 2 * pageRows + 5
      let last = 0n
      const columns = {
        counting: Array.from({ length: rows }, () => (last += 1n + whole(3))),
        short: Array.from({ length: rows }, () => 1n + whole(400)),
        wide: Array.from({ length: rows }, () => 1n + whole(2 ** 31)),
        far: Array.from({ length: rows }, () => 1n + whole(2 ** 53)),
        mixed: Array.from({ length: rows }, () =>
          random() < 0.1 ? MOST - whole(9) : 1n + whole(9),
        ),
      }

      const { found } = await readBack(columns, pageRows)

      for (const [name, values] of Object.entries(columns)) {
        expect(found.map((row) => row[name])).toEqual(textsOf(values))
      }
    },
  )

  it('packs differences of any width', async () => {
    for (let width = 0; width <= 31; width += 1) {
      const least = width === 31 ? 1n : 1n + (1n << BigInt(width))
      const values = Array.from({ length: 300 }, (_, row) =>
        row % 7 === 3 ? least + (1n << BigInt(Math.max(0, width - 1))) : least,
      )

      const { found } = await readBack({ value: values }, 300)

      expect({ width, values: found.map(({ value }) => value) }).toEqual({
        width,
        values: textsOf(values),
      })
    }
  })

  it('says what row groups hold, as far as numbers hold it exactly', async () => {
    const values = Array.from({ length: 130_000 }, (_, row) => BigInt(130_000 - row))
    const columns = { id: values, long: values.map((value) => MOST - value) }

    const { groups } = await readBack(columns, 8192)

    expect(groups.map(({ name, rows, least, greatest }) => [name, rows, least, greatest])).toEqual([
      ['id', 122_880, '7121', '130000'],
      ['long', 122_880, null, null],
      ['id', 7120, '1', '7120'],
      ['long', 7120, null, null],
    ])
    expect(groups[0]?.encodings).toBe('DELTA_BINARY_PACKED')
  })

  it('stores decimals with their scale, and a file without rows', async () => {
    const { found } = await readBack({ revenue: [1n, 1_250_000n, 10n ** 18n - 1n] }, 3)
    const empty = await readBack({ revenue: [] }, 3)

    expect(found).toEqual([
      { revenue: '0.000001' },
      { revenue: '1.250000' },
      { revenue: '999999999999.999999' },
    ])
    expect(empty.found).toEqual([])
  })
})
