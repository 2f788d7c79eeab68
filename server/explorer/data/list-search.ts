/** Finds an id in lists of ids, as the history stores pools, without making a text of each. */
import { ParquetError } from '../../parquet/fault.ts'
import { TEXTS, type ValueKind } from '../../parquet/values.ts'

const LENGTH_BYTES = 4
const COMMA = 44

/**
 * Tells of each list in a column, whether it names an id.
 *
 * @param id - As in `12,7,345`.
 */
export function listsWith(id: number): ValueKind<boolean> {
  const digits = Buffer.from(String(id))
  return {
    types: TEXTS.types,
    maxBytes: TEXTS.maxBytes,
    open: (bytes, _, count) => {
      const isNamed = searchLists(bytes, digits, count)
      return (place) => isNamed[place] === 1
    },
  }
}

/** Looks for the digits once over all bytes, not list by list. */
function searchLists(bytes: Uint8Array, digits: Buffer, count: number): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const isNamed = new Uint8Array(count)
  let found = buffer.indexOf(digits)
  let offset = 0
  for (let place = 0; place < count; place++) {
    if (offset + LENGTH_BYTES > buffer.length) endEarly()
    const start = offset + LENGTH_BYTES
    offset = start + buffer.readUInt32LE(offset)
    if (offset > buffer.length) endEarly()
    while (found >= 0 && found < offset) {
      if (isWholeId(buffer, { found, length: digits.length, start, end: offset })) {
        isNamed[place] = 1
      }
      found = buffer.indexOf(digits, found + 1)
    }
  }
  return isNamed
}

function isWholeId(
  bytes: Buffer,
  { found, length, start, end }: { found: number; length: number; start: number; end: number },
): boolean {
  if (found < start || found + length > end) return false
  const isBegin = found === start || bytes[found - 1] === COMMA
  return isBegin && (found + length === end || bytes[found + length] === COMMA)
}

function endEarly(): never {
  throw new ParquetError('has a page that ends too early')
}
