/** Rows of a published file, by the columns that contract/columns.ts declares. */
import type { PublishedColumn, PublishedColumns, PublishedRow } from '../../contract/columns.ts'
import { ParquetError } from './fault.ts'
import type { RowGroup } from './footer.ts'
import type { ParquetTable } from './table.ts'
import { CODES, DOUBLES, EXACT_NUMBERS, NUMBERS, TEXTS, type ValueKind } from './values.ts'

/** Decimal places of a decimal, as stored. */
export const DECIMAL_SCALE = 6

type Value = number | bigint | string

/** Gives a value of a column, and the place of its row in the group. */
type Put = (row: number, value: Value) => void

/** What is wanted of a row group. */
interface WantedRows<Columns> {
  readonly columns: Columns
  /** Ascending; the first row of the group is 0. By default all. */
  readonly rows?: readonly number[]
}

/**
 * Reads rows of a row group.
 *
 * @returns In their order; decimals in units of their last place.
 * @throws {ParquetError} If a column is missing, has another type or holds what the declaration does not allow, or the
 *   file is damaged.
 */
export async function readRows<Columns extends PublishedColumns>(
  table: ParquetTable,
  group: RowGroup,
  { columns, rows }: WantedRows<Columns>,
): Promise<PublishedRow<Columns, bigint>[]> {
  const count = rows?.length ?? group.end - group.start
  const found: Record<string, Value | null>[] = Array.from({ length: count }, () => ({}))
  const places = rows && new Map(rows.map((row, place) => [row, place]))
  for (const [name, column] of Object.entries(columns)) {
    for (const row of found) row[name] = null
    await readColumn(table, { group, name, column, rows }, (row, value) => {
      const target = found[places ? (places.get(row) ?? -1) : row]
      if (target !== undefined) target[name] = value
    })
    for (const row of found) assertAllowed(name, column, row[name] ?? null)
  }
  return found as PublishedRow<Columns, bigint>[]
}

interface NamedColumn {
  readonly group: RowGroup
  readonly name: string
  readonly column: PublishedColumn
  readonly rows: readonly number[] | undefined
}

function readColumn(
  table: ParquetTable,
  { group, name, column: { type, values }, rows }: NamedColumn,
  put: Put,
): Promise<void> {
  const read = <T extends Value>(kind: ValueKind<T>, scale = 0) =>
    table.readColumn(group, { name, kind, scale, ...(rows && { rows }) }, put)
  if (type === 'decimal(18,6)') return read(EXACT_NUMBERS, DECIMAL_SCALE)
  if (type === 'double') return read(DOUBLES)
  if (type !== 'varchar') return read(NUMBERS)
  return values === undefined ? read(TEXTS) : read(CODES)
}

function assertAllowed(
  name: string,
  { isNullable, values }: PublishedColumn,
  value: Value | null,
): void {
  if (value === null) {
    if (isNullable !== true) throw new ParquetError(`has a null in the column ${name}`)
  } else if (values !== undefined && !values.some((one) => one === value)) {
    throw new ParquetError(`has a value that is not known in the column ${name}`)
  }
}
