/** Where the values of a column lie in the file. */
import type { ThriftReader } from './thrift.ts'

/** How pages are packed, by Parquet's numbers. */
const CODECS = { 0: 'UNCOMPRESSED', 1: 'SNAPPY', 6: 'ZSTD' } as const
export type Codec = (typeof CODECS)[keyof typeof CODECS]

/** The values of a column in a row group: bytes `start` to `end - 1` of the file. */
export interface ColumnChunk {
  readonly start: number
  readonly end: number
  readonly codec: Codec | undefined
  /** The least and the greatest value of a column of 64-bit numbers; undefined: not given. */
  readonly least: bigint | undefined
  readonly greatest: bigint | undefined
}

/** Reads what a row group says of one column, and how many values it has there. */
export function readChunk(
  reader: ThriftReader,
  type: number,
): ColumnChunk & { readonly values: number } {
  let [codec, values, size, dataPage, dictionaryPage] = [-1, -1, 0, 0, 0]
  let limits: Pick<ColumnChunk, 'least' | 'greatest'> = { least: undefined, greatest: undefined }
  const integer = (set: (value: number) => void) => (field: number) =>
    set(reader.readInteger(field))
  const metadata = {
    4: integer((value) => {
      codec = value
    }),
    5: integer((value) => {
      values = value
    }),
    7: integer((value) => {
      size = value
    }),
    9: integer((value) => {
      dataPage = value
    }),
    11: integer((value) => {
      dictionaryPage = value
    }),
    12: (field: number) => {
      limits = readLimits(reader, field)
    },
  }
  reader.readStruct(type, { 3: (field) => reader.readStruct(field, metadata) })
  const start = dictionaryPage > 0 ? Math.min(dictionaryPage, dataPage) : dataPage
  return {
    start,
    end: start + size,
    codec: (CODECS as Partial<Record<number, Codec>>)[codec],
    values,
    ...limits,
  }
}

function readLimits(reader: ThriftReader, type: number): Pick<ColumnChunk, 'least' | 'greatest'> {
  let least: bigint | undefined
  let greatest: bigint | undefined
  reader.readStruct(type, {
    5: (field) => {
      greatest = numberOf(reader.readBinary(field))
    },
    6: (field) => {
      least = numberOf(reader.readBinary(field))
    },
  })
  return { least, greatest }
}

function numberOf(bytes: Uint8Array): bigint | undefined {
  return bytes.length === 8 ? Buffer.from(bytes).readBigInt64LE() : undefined
}
