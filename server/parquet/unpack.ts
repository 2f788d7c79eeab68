/** Unpacking pages into room that was made for them: what claims to be larger than that is refused. */
import { decompress } from 'fzstd'
import type { Codec } from './column-chunk.ts'
import { ParquetError } from './fault.ts'

/**
 * Unpacks a page.
 *
 * @param size - Bytes that the page header claims, which were compared with what its values can take.
 * @throws {ParquetError} If it is packed otherwise, damaged, or of another size.
 */
export function unpackPage(packed: Uint8Array, codec: Codec | undefined, size: number): Uint8Array {
  if (codec === undefined) throw new ParquetError('is packed otherwise than with snappy or zstd')
  const page = UNPACK[codec](packed, size)
  if (page?.length !== size) throw new ParquetError('has a page of another size than it claims')
  return page
}

const UNPACK: Readonly<
  Record<Codec, (packed: Uint8Array, size: number) => Uint8Array | undefined>
> = {
  UNCOMPRESSED: (packed) => packed,
  SNAPPY: unpackSnappy,
  ZSTD: unpackZstd,
}

/** With room of its own, fzstd allocates by what the bytes claim. */
function unpackZstd(packed: Uint8Array, size: number): Uint8Array {
  try {
    return decompress(packed, new Uint8Array(size))
  } catch {
    throw new ParquetError('has a page that zstd cannot unpack')
  }
}

/** Lengths of literals from this one on are written in the bytes behind. */
const LONG_LITERAL = 60

/** @see https://github.com/google/snappy/blob/main/format_description.txt */
function unpackSnappy(packed: Uint8Array, size: number): Uint8Array | undefined {
  const page = new Uint8Array(size)
  let from = 0
  let to = 0
  const next = (bytes: number) => {
    let value = 0
    for (let i = 0; i < bytes; i++) value += (packed[from++] ?? 0) * 256 ** i
    return value
  }
  // The size, a varint, is in the page header, too.
  while ((packed[from++] ?? 0) > 127);
  while (from < packed.length) {
    const tag = next(1)
    if ((tag & 3) === 0) {
      const short = tag >> 2
      const length = 1 + (short < LONG_LITERAL ? short : next(short - LONG_LITERAL + 1))
      if (length > packed.length - from || length > size - to) return undefined
      page.set(packed.subarray(from, from + length), to)
      from += length
      to += length
      continue
    }
    const length = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const distance = (tag & 3) === 1 ? (tag >> 5) * 256 + next(1) : next((tag & 3) === 2 ? 2 : 4)
    if (distance === 0 || distance > to || length > size - to) return undefined
    // One by one: what is copied may be what was just written.
    for (const end = to + length; to < end; to++) page[to] = page[to - distance] ?? 0
  }
  return to === size ? page : undefined
}
