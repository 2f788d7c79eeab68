/** A Parquet file that is not read: damaged, hostile, or of a kind that this program does not write. One line. */
export class ParquetError extends Error {
  override readonly name = 'ParquetError'
}
