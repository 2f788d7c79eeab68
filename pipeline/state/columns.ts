/** Columns of typed arrays that grow as rows are appended. */

type Column = Uint8Array | Uint32Array | Float64Array

const LEAST_CAPACITY = 1024
const GROWTH = 1.5

/** Gives an array of the same kind with room for at least `rows`; the same one if it has it already. */
export function withRoom<C extends Column>(column: C, rows: number): C {
  if (rows <= column.length) return column
  const capacity = Math.max(LEAST_CAPACITY, rows, Math.ceil(column.length * GROWTH))
  const Kind = column.constructor as new (length: number) => C
  const larger = new Kind(capacity)
  larger.set(column as never)
  return larger
}
