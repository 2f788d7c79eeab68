import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { withDatabase } from '../../../pipeline/base/database.ts'
import { openTable } from '../../../server/parquet/table.ts'
import { CODES, EXACT_NUMBERS, NUMBERS, type ValueKind } from '../../../server/parquet/values.ts'
import { withFolder } from '../../helpers/folders.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'
import { size } from '../../helpers/size.ts'

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

const SEED = 20261130

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
        if (kind === NUMBERS) {
          expect(await readNumbers(file, name)).toEqual(others.map((value) => value ?? 0))
        }
      }
    })
  })

  it('gives a few rows of a group what it gives them among all', async () => {
    const random = seededRandom(SEED)
    await withFolder(async (folder) => {
      const file = await writeTable(folder, 'row_group_size 4096')
      for (const [name, kind] of Object.entries(KINDS)) {
        const scale = name === 'amount' ? 6 : 0
        const all = await readAll(file, name, kind, scale)
        for (const share of [0, 0.001, 0.3, 1]) {
          const isWanted = all.map(() => random() < share)
          const some = await readAll(file, name, kind, scale, isWanted)
          expect(some).toEqual(all.map((value, row) => (isWanted[row] ? value : null)))
        }
      }
    })
  })

  it('reads columns of any shape as another reader does', async () => {
    const random = seededRandom(SEED)
    for (let run = 0; run < size(15, 400); run++) {
      const column = drawColumn(random)
      const codec = ['zstd', 'uncompressed', 'snappy'][run % 3]
      const groupRows = 2_048 * (1 + Math.floor(random() * 3))

      await withFolder(async (folder) => {
        const options = `compression ${codec}, row_group_size ${groupRows}`
        const file = await writeTable(folder, options, { drawn: column })
        const whole = new Uint8Array(file).buffer
        const expected = await parquetReadObjects({ file: whole, compressors })

        const where = `seed ${SEED}, run ${run}, ${column}, ${options}`
        const others = expected.map(({ drawn }) => Number(drawn ?? 0))
        expect(await readNumbers(file, 'drawn'), where).toEqual(others)
        const values = await readAll(file, 'drawn', NUMBERS, 0)
        expect(
          values.map((value) => value ?? 0),
          where,
        ).toEqual(others)
      })
    }
  })

  it('reads a large file as another reader does, and refuses a page of it that is damaged', async () => {
    await withFolder(async (folder) => {
      const rows = 400_000
      const drawn = '(hash(i) % 9007199254740991)::bigint'
      const file = await writeTable(folder, 'compression zstd', { drawn }, rows)
      const expected = await parquetReadObjects({ file: new Uint8Array(file).buffer, compressors })
      const cut = Buffer.from(file)
      cut.fill(0, 1_000_000, 1_000_100)
      expect(file.length).toBeGreaterThan(2 ** 21)

      const values = await readNumbers(file, 'drawn', rows)

      expect(values.every((value, row) => value === Number(expected[row]?.drawn))).toBe(true)
      await expect(readNumbers(cut, 'drawn', rows)).rejects.toThrow(
        /^has a page (that zstd cannot unpack|of another size than it claims)$/,
      )
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

/** An expression of `i`: runs or none, few or many values, small or great, nulls now and then. */
function drawColumn(random: () => number): string {
  const draw = (values: readonly unknown[]) => values[Math.floor(random() * values.length)]
  const run = draw([1, 1, 3, 8, 50, 1_000, 10_000])
  const salt = Math.floor(random() * 1e6)
  const distinct = draw([1, 2, 7, 8, 9, 255, 256, 257, 3_000, 1_000_000])
  const factor = draw([1, 1, -1, 65_537, 2 ** 32 + 1])
  const value = `((hash(i // ${run} + ${salt}) % ${distinct})::bigint * ${factor})::${factor === 1 ? draw(['integer', 'bigint']) : 'bigint'}`
  const nulls = draw(['false', 'false', 'i % 2 = 0', 'hash(i) % 10 > 0', `i // ${run} % 3 = 0`])
  return `case when not (${nulls}) then ${value} end`
}

async function writeTable(
  folder: string,
  options: string,
  expressions: Readonly<Record<string, string>> = COLUMNS,
  rows = ROWS,
): Promise<Buffer> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'table.parquet')
  const columns = Object.entries(expressions).map(([name, value]) => `${value} as ${name}`)
  await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, (connection) =>
    connection.run(
      `copy (select ${columns.join(', ')} from range(${rows}) as rows (i) order by i)
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
  isWanted?: readonly boolean[],
): Promise<(T | null)[]> {
  const read = async (start: number, end: number) => file.subarray(start, end)
  const table = await openTable({ bytes: file.length, read }, ROWS)
  const values: (T | null)[] = new Array(ROWS).fill(null)
  for (const group of table.groups) {
    const part = isWanted?.slice(group.start, group.end)
    const rows = part?.flatMap((is, row) => (is ? [row] : []))
    await table.readColumn(group, { name, kind, scale, ...(rows && { rows }) }, (row, value) => {
      values[group.start + row] = value
    })
  }
  return values
}

async function readNumbers(file: Buffer, name: string, rows = ROWS): Promise<number[]> {
  const read = async (start: number, end: number) => file.subarray(start, end)
  const table = await openTable({ bytes: file.length, read }, rows)
  const values = new Float64Array(rows).fill(-1)
  for (const group of table.groups) {
    await table.readNumbers(group, name, values.subarray(group.start, group.end))
  }
  return [...values]
}

/** The other reader gives decimals as floating numbers, and 64-bit numbers as BigInt. */
function comparable(value: unknown, factor: number): unknown {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : Math.round(Number(value) * factor)
}
