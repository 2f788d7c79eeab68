/** Unpacking pages into room that was made for them: what claims to be larger than that is refused. */
import zlib from 'node:zlib'
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

/** Node has it from 22.15 on; its types here are those of 20. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: (packed: Uint8Array, limits: { maxOutputLength: number }) => Buffer
}

/** Gives `size` bytes, or others or an error if the page is not so. */
type UnpackZstd = (packed: Uint8Array, size: number) => Uint8Array

/** With room of its own, fzstd allocates by what the bytes claim. */
let unpackBytes: UnpackZstd = (packed, size) => decompress(packed, new Uint8Array(size))
if (zstdDecompressSync !== undefined) {
  unpackBytes = (packed, size) => zstdDecompressSync(packed, { maxOutputLength: size })
}

/** Bytes of a file from which on it pays to start WebAssembly, which takes 50 ms and is ten times as fast as fzstd. */
const LARGE_FILE_BYTES = 2 ** 21

/** Pages of published files have up to a megabyte: more than this is not worth making room for. */
const MAX_PAGE_BYTES = 2 ** 28

let preparing: Promise<void> | undefined

/** Makes ready to unpack the pages of a file of so many bytes fast. Where WebAssembly does not start, they are unpacked all the same. */
export async function prepareUnpacking(bytes: number): Promise<void> {
  if (bytes < LARGE_FILE_BYTES || zstdDecompressSync !== undefined) return
  preparing ??= startWasm().catch(() => undefined)
  await preparing
}

async function startWasm(): Promise<void> {
  const { ZSTDDecoder } = await import('zstddec')
  const decoder = new ZSTDDecoder()
  await decoder.init()
  unpackBytes = (packed, size) => decoder.decode(packed, size)
}

function unpackZstd(packed: Uint8Array, size: number): Uint8Array {
  // Without a size they believe what the packed bytes claim.
  if (size === 0) return new Uint8Array()
  if (size > MAX_PAGE_BYTES) throw new ParquetError(`claims a page of ${size} bytes`)
  try {
    return unpackBytes(packed, size)
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
