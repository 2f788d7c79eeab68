/**
 * A snapshot of a loaded build as one file: the arrays as they lie in memory. Reading it takes as long as reading and hashing its bytes,
 * where the same pools as Parquet take most of a second and a half for 200,000 of them. For one version of this program,
 * which packs it with itself: whatever is kept or handed on is Parquet.
 *
 *     magic      8 bytes, with the version of the layout
 *     sha256    32 bytes, of all that follows
 *     length     8 bytes, of the head
 *     head       JSON: the scalars, and kind and length of each array; padded with spaces to 8 bytes
 *     arrays     in the order of the head, each padded to 8 bytes; little endian
 */
import { endianness } from 'node:os'
import { digestBytes } from '../../contract/digest.ts'
import { ArtifactError } from '../../contract/read.ts'
import type { LoadedBuild } from './load.ts'
import type { Pools } from './pools.ts'

const MAGIC = Buffer.from('POOLS\0\0\x01', 'latin1')
const HASH_BYTES = 32
const LENGTH_BYTES = 8
const HEAD_START = MAGIC.length + HASH_BYTES + LENGTH_BYTES

/** The greatest size of an element: every array begins at a multiple of it. */
const ALIGNMENT = 8

const KINDS = { Float64Array, Uint32Array, Uint8Array } as const
type Kind = keyof typeof KINDS

/** What of a build is needed to serve it. */
export type ServedBuild = Pick<LoadedBuild, 'pools' | 'createdAtMs' | 'version'>

interface Head {
  readonly build: Omit<ServedBuild, 'pools'>
  /** All of `Pools` that is no array. */
  readonly pools: Readonly<Record<string, unknown>>
  readonly arrays: readonly { name: string; kind: Kind; length: number }[]
}

/** Writes a snapshot of a build. */
export function formatSnapshot({ pools, createdAtMs, version }: ServedBuild): Buffer {
  const arrays = Object.entries(pools).filter(isArray)
  const scalars = Object.entries(pools).filter((entry) => !isArray(entry))
  const head = JSON.stringify({
    build: { createdAtMs, version },
    pools: Object.fromEntries(scalars),
    arrays: arrays.map(([name, array]) => {
      return { name, kind: array.constructor.name, length: array.length }
    }),
  })
  const headBytes = Buffer.from(head.padEnd(padded(Buffer.byteLength(head))))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32LE(headBytes.length)
  const parts = arrays.map(([, array]) => {
    const bytes = Buffer.alloc(padded(array.byteLength))
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    return bytes
  })
  const content = Buffer.concat([length, headBytes, ...parts])
  return Buffer.concat([MAGIC, Buffer.from(digestBytes(content).sha256, 'hex'), content])
}

/**
 * Reads a snapshot. The arrays are views of its bytes.
 *
 * @throws {ArtifactError} If it is none, of another layout, truncated or altered.
 */
export function parseSnapshot(file: Buffer): ServedBuild {
  if (endianness() !== 'LE')
    throw new ArtifactError('a snapshot of pools needs a little endian machine')
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) throw new ArtifactError('no snapshot of pools')
  const sha256 = file.toString('hex', MAGIC.length, MAGIC.length + HASH_BYTES)
  if (digestBytes(file.subarray(MAGIC.length + HASH_BYTES)).sha256 !== sha256) {
    throw new ArtifactError('the snapshot of pools was altered')
  }
  // Small files lie anywhere in a buffer that others share; views need their place.
  const bytes = file.byteOffset % ALIGNMENT === 0 ? file : new Uint8Array(file)
  const headBytes = file.readUInt32LE(HEAD_START - LENGTH_BYTES)
  const head = JSON.parse(file.toString('utf8', HEAD_START, HEAD_START + headBytes)) as Head
  let offset = bytes.byteOffset + HEAD_START + headBytes
  const arrays = head.arrays.map(({ name, kind, length }) => {
    const array = new KINDS[kind](bytes.buffer as ArrayBuffer, offset, length)
    offset += padded(array.byteLength)
    return [name, array]
  })
  return { ...head.build, pools: { ...head.pools, ...Object.fromEntries(arrays) } as Pools }
}

function isArray(entry: [string, unknown]): entry is [string, InstanceType<(typeof KINDS)[Kind]>] {
  return ArrayBuffer.isView(entry[1])
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
