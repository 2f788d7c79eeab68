import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { withDatabase } from '../../../pipeline/base/database.ts'
import { openTable } from '../../../server/parquet/table.ts'
import { CODES, EXACT_NUMBERS, NUMBERS, type ValueKind } from '../../../server/parquet/values.ts'
import { withFolder } from '../../helpers/folders.ts'

/** Few and many distinct values, runs and none, nulls here and there, extremes. */
const COLUMNS = {
  small: '(i % 10)::smallint',
  run: '(i // 700)::smallint',
  some_null: 'case when i % 3 > 0 then (i % 200 - 100)::smallint end',
  all_null: 'null::bigint',
  late_null: 'case when i < 3000 then i::bigint end',
  id: '(9007199254740991 - i)::bigint',
  spread: '(hash(i) % 1000000000)::bigint',
  amount: '(hash(i) % 1000000000000000 / 1000000)::decimal(18, 6)',
  code: "case when i % 4 = 0 then 'in_top_revenue' else 'out_' || i % 300 end",
} as const

const KINDS: Readonly<Record<keyof typeof COLUMNS, ValueKind<number | bigint | string>>> = {
  small: NUMBERS,
  run: NUMBERS,
  some_null: NUMBERS,
  all_null: NUMBERS,
  late_null: NUMBERS,
  id: NUMBERS,
  spread: EXACT_NUMBERS,
  amount: EXACT_NUMBERS,
  code: CODES,
}

const ROWS = 7_001

describe('openTable', () => {
  it.each([
    ['zstd', 2_048],
    ['zstd', 122_880],
    ['uncompressed', 2_048],
    ['snappy', 4_096],
  ])('reads what another reader does: %s, %i rows a group', async (codec, groupRows) => {
    await withFolder(async (folder) => {
      const file = await writeTable(folder, `compression ${codec}, row_group_size ${groupRows}`)
      const { buffer, byteOffset, length } = file
      const whole = new Uint8Array(buffer, byteOffset, length).slice().buffer
      const expected = await parquetReadObjects({ file: whole, compressors })

      for (const [name, kind] of Object.entries(KINDS)) {
        const scale = name === 'amount' ? 6 : 0
        const values = await readAll(file, name, kind, scale)

        const others = expected.map((row) => comparable(row[name], 10 ** scale))
        expect(values.map((value) => comparable(value, 1))).toEqual(others)
      }
    })
  })

  it('tells by the statistics which groups can hold an id', async () => {
    await withFolder(async (folder) => {
      const file = await writeTable(folder, 'row_group_size 2048')
      const read = async (start: number, end: number) => file.subarray(start, end)
      const table = await openTable({ bytes: file.length, read }, ROWS)

      const holds = table.groups.map((group) => table.mayHold(group, 'id', 9007199254740991 - 2048))

      expect(holds).toEqual([false, true, false, false])
    })
  })

  it.each<[string, ValueKind<unknown>, number, RegExp]>([
    ['other', NUMBERS, 0, /^lacks the column other$/],
    ['code', NUMBERS, 0, /^has another type in the column code$/],
    ['small', CODES, 0, /^has another type in the column small$/],
    ['amount', EXACT_NUMBERS, 2, /^has 6 decimal places in the column amount$/],
  ])('refuses the column %s, %#', async (name, kind, scale, message) => {
    await withFolder(async (folder) => {
      const file = await writeTable(folder, 'compression zstd')

      await expect(readAll(file, name, kind, scale)).rejects.toThrow(message)
    })
  })

  it('refuses a file with other rows than the manifest says', async () => {
    await withFolder(async (folder) => {
      const file = await writeTable(folder, 'compression zstd')
      const read = async (start: number, end: number) => file.subarray(start, end)

      await expect(openTable({ bytes: file.length, read }, ROWS - 1)).rejects.toThrow(
        /^has 7001 rows, the manifest says 7000$/,
      )
    })
  })
})

async function writeTable(folder: string, options: string): Promise<Buffer> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'table.parquet')
  const columns = Object.entries(COLUMNS).map(([name, value]) => `${value} as ${name}`)
  await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, (connection) =>
    connection.run(
      `copy (select ${columns.join(', ')} from range(${ROWS}) as rows (i) order by i)
       to '${path}' (format parquet, ${options})`,
    ),
  )
  return readFile(path)
}

async function readAll<T>(
  file: Buffer,
  name: string,
  kind: ValueKind<T>,
  scale: number,
): Promise<(T | null)[]> {
  const read = async (start: number, end: number) => file.subarray(start, end)
  const table = await openTable({ bytes: file.length, read }, ROWS)
  const values: (T | null)[] = new Array(ROWS).fill(null)
  for (const group of table.groups) {
    await table.readColumn(group, { name, kind, scale }, (row, value) => {
      values[group.start + row] = value
    })
  }
  return values
}

/** The other reader gives decimals as floating numbers, and 64-bit numbers as BigInt. */
function comparable(value: unknown, factor: number): unknown {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : Math.round(Number(value) * factor)
}
