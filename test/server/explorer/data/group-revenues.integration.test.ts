import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withDatabase } from '../../../../pipeline/base/database.ts'
import { readGroupRevenues } from '../../../../server/explorer/data/group-revenues.ts'
import { openTable } from '../../../../server/parquet/table.ts'
import { withFolder } from '../../../helpers/folders.ts'

describe('readGroupRevenues', () => {
  it.each([
    ['small', '0.000001 + i', 4_950_000_100n],
    ['many large', '2000000000.000001 + i', 200_000_004_950_000_100n],
    ['beyond exact floating numbers', '999999999998.999999 - i', 99_999_999_994_949_999_900n],
  ])('adds up a hundred revenues exactly: %s', async (_, revenue, sum) => {
    await withFolder(async (folder) => {
      const path = join(folder, 'revenues.parquet')
      await withDatabase(':memory:', { threads: 1, memoryLimit: '1GB' }, (connection) =>
        connection.run(
          `copy (select cast(${revenue} as decimal(18,6)) as revenue from range(100) r (i)) to '${path}' (format parquet)`,
        ),
      )
      const file = await readFile(path)
      const read = async (start: number, end: number) => file.subarray(start, end)
      const table = await openTable({ bytes: file.length, read }, 100)
      const [group = { start: 0, end: 0, chunks: [] }] = table.groups

      const add = await readGroupRevenues(table, group)

      expect(add(0, 100)).toBe(sum)
      expect(add(0, 40) + add(40, 100)).toBe(sum)
    })
  })
})
