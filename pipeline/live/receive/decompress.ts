/** Unpacking of record batches, on each version of Node.js. */
import zlib from 'node:zlib'
import { decompress as unpackZstd } from 'fzstd'
import { PipelineError } from '../../base/errors.ts'
import type { Kafka } from '../../base/kafka.ts'

/** Bytes of a batch, unpacked: brokers take messages of a megabyte, and of ten where they are told to. */
const MOST_BYTES = 1 << 29

/** Snappy as the Java client packs it: this, two version numbers, then blocks with their lengths. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

/** Unpacks a batch. */
export type Decompress = (codec: number, bytes: Buffer) => Buffer

/**
 * Makes the function that unpacks.
 *
 * @param kafka - The client brings packages for snappy and lz4.
 */
export function createDecompress({ compressionsAlgorithms }: Kafka): Decompress {
  const { snappy, lz4 } = compressionsAlgorithms
  const codecs: readonly (readonly [name: string, unpack: (bytes: Buffer) => Buffer])[] = [
    ['none', (bytes) => bytes],
    ['gzip', (bytes) => zlib.gunzipSync(bytes, { maxOutputLength: MOST_BYTES })],
    ['snappy', (bytes) => unpackSnappy(bytes, (block) => snappy.decompressSync(block))],
    ['lz4', (bytes) => lz4.decompressSync(bytes)],
    ['zstd', unpackZstdBatch],
  ]
  return (codec, bytes) => {
    const [name, unpack] = codecs[codec] ?? [`codec ${codec}`]
    if (unpack === undefined) throw new PipelineError(`batch packed by ${name}: nobody knows it`)
    try {
      return unpack(bytes)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new PipelineError(`batch packed by ${name} cannot be unpacked: ${reason}`, {
        cause: error,
      })
    }
  }
}

/** Node.js has it from 22.15 on; its types here are those of 20. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: (bytes: Buffer, limits: { maxOutputLength: number }) => Buffer
}

function unpackZstdBatch(bytes: Buffer): Buffer {
  if (zstdDecompressSync === undefined) return Buffer.from(unpackZstd(bytes))
  return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES })
}

function unpackSnappy(bytes: Buffer, unpack: (block: Buffer) => Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return unpack(bytes)
  const blocks: Buffer[] = []
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const length = bytes.readInt32BE(at)
    blocks.push(unpack(bytes.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return Buffer.concat(blocks)
}
