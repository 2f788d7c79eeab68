/** Revenues of a row group, added up exactly. Runs in the thread of details.ts. */
import type { RowGroup } from '../../parquet/footer.ts'
import { DECIMAL_SCALE } from '../../parquet/rows.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { EXACT_NUMBERS } from '../../parquet/values.ts'

/** Adds up rows `start` to `end - 1` of a row group, in millionths. */
export type AddRevenues = (start: number, end: number) => bigint

const REVENUE = { name: 'revenue', scale: DECIMAL_SCALE }

/** Millionths. Two of them are still exact as a floating number; that is 2 thousand million in money. */
const MAX_EXACT = 2 ** 51

/**
 * Reads the revenues of a row group: as floating numbers, a tenth of the work, where none is too large to be exact.
 *
 * @throws {ParquetError} If the file is damaged.
 */
export async function readGroupRevenues(
  table: ParquetTable,
  group: RowGroup,
): Promise<AddRevenues> {
  const numbers = new Float64Array(group.end - group.start)
  await table.readNumbers(group, REVENUE, numbers)
  if (numbers.every((number) => Math.abs(number) <= MAX_EXACT)) {
    return (start, end) => addNumbers(numbers, start, end)
  }
  const exact = new BigInt64Array(numbers.length)
  await table.readColumn(group, { ...REVENUE, kind: EXACT_NUMBERS }, (row, value) => {
    exact[row] = value
  })
  return (start, end) => exact.subarray(start, end).reduce((sum, one) => sum + one, 0n)
}

function addNumbers(numbers: Float64Array, start: number, end: number): bigint {
  let total = 0n
  let sum = 0
  for (let row = start; row < end; row++) {
    sum += numbers[row] ?? 0
    if (Math.abs(sum) <= MAX_EXACT) continue
    total += BigInt(sum)
    sum = 0
  }
  return total + BigInt(sum)
}
