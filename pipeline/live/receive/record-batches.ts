/**
 * Batches of records as Kafka stores and sends them (message format 2).
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
import { PipelineError } from '../../base/errors.ts'
import type { Decompress } from './decompress.ts'

/** A batch. */
export interface Batch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly producerId: bigint
  readonly isTransactional: boolean
  /** Ends a transaction; its record is no message. */
  readonly isControl: boolean
  /** Milliseconds since 1970, of its newest record. */
  readonly timestampMs: number
  readonly count: number
  /** Its records, unpacked. */
  readonly records: Buffer
}

/** What reading batches needs. */
export interface BatchTools {
  readonly crc32c: (bytes: Buffer) => number
  readonly decompress: Decompress
}

const LENGTH_AT = 8
const LENGTH_END = 12
const EPOCH_AT = 12
const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const LAST_DELTA_AT = 23
const TIMESTAMP_AT = 35
const PRODUCER_AT = 43
const COUNT_AT = 57
const RECORDS_AT = 61
const MAGIC = 2

const CODEC_BITS = 7
const TRANSACTIONAL_BIT = 16
const CONTROL_BIT = 32

/**
 * Reads the whole batches of an answer; one that is cut off at the end comes again.
 *
 * @throws {PipelineError} If a batch is damaged, of an old format, or packed by an unknown codec. The message lacks topic
 * and partition.
 */
export function* readBatches(bytes: Buffer, tools: BatchTools): Generator<Batch> {
  for (let at = 0; at + RECORDS_AT <= bytes.length; ) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT)
    if (end > bytes.length) return
    yield readBatch(bytes.subarray(at, end), tools)
    at = end
  }
}

function readBatch(bytes: Buffer, { crc32c, decompress }: BatchTools): Batch {
  const firstOffset = Number(bytes.readBigInt64BE(0))
  const magic = bytes.readInt8(MAGIC_AT)
  if (magic !== MAGIC) {
    throw new PipelineError(`offset ${firstOffset}: message format ${magic} is not read, only 2`)
  }
  if (crc32c(bytes.subarray(ATTRIBUTES_AT)) !== bytes.readUInt32BE(CRC_AT)) {
    throw new PipelineError(`offset ${firstOffset}: the batch is damaged (its checksum differs)`)
  }
  const attributes = bytes.readInt16BE(ATTRIBUTES_AT)
  const isControl = (attributes & CONTROL_BIT) !== 0
  const packed = bytes.subarray(RECORDS_AT)
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(LAST_DELTA_AT),
    leaderEpoch: bytes.readInt32BE(EPOCH_AT),
    producerId: bytes.readBigInt64BE(PRODUCER_AT),
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl,
    timestampMs: Number(bytes.readBigInt64BE(TIMESTAMP_AT)),
    count: bytes.readInt32BE(COUNT_AT),
    records: decompress(attributes & CODEC_BITS, packed),
  }
}

/** Where the parts of a record are in its batch's `records`. */
export interface RecordPlaces {
  offset: number
  valueStart: number
  /** -1 = a null value. */
  valueLength: number
  keyStart: number
  keyLength: number
  /** Where the headers begin: their count, then each one. */
  headersStart: number
}

/**
 * Reads the records of a batch, one after the other. They are not made into objects: a million a second pass here.
 *
 * @param onRecord - Gets the same object each time.
 * @throws {PipelineError} If the batch does not hold what it says.
 */
export function readRecords(batch: Batch, onRecord: (places: RecordPlaces) => void): void {
  const { records, firstOffset, count } = batch
  const places: RecordPlaces = {
    ...{ offset: 0, valueStart: 0, valueLength: 0, keyStart: 0, keyLength: 0, headersStart: 0 },
  }
  const cursor = new VarintReader(records)
  for (let nth = 0; nth < count; nth += 1) {
    const length = cursor.read()
    const end = cursor.at + length
    if (length < 0 || end > records.length) throw damaged(firstOffset)
    cursor.at += 1
    cursor.skip()
    places.offset = firstOffset + cursor.read()
    places.keyLength = cursor.read()
    places.keyStart = cursor.at
    cursor.at += Math.max(0, places.keyLength)
    places.valueLength = cursor.read()
    places.valueStart = cursor.at
    places.headersStart = cursor.at + Math.max(0, places.valueLength)
    if (places.headersStart > end) throw damaged(firstOffset)
    onRecord(places)
    cursor.at = end
  }
}

function damaged(offset: number): PipelineError {
  return new PipelineError(`offset ${offset}: the batch does not hold what it says`)
}

/** Numbers of varying length, signs folded in: lengths and differences of offsets, all far below 2^31. */
export class VarintReader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  read(): number {
    let value = 0
    let shift = 0
    for (;;) {
      const byte = this.#bytes[this.at] ?? 0
      this.at += 1
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
      shift += 7
    }
  }

  /** Passes over a number of any size. */
  skip(): void {
    while ((this.#bytes[this.at] ?? 0) >= 0x80) this.at += 1
    this.at += 1
  }
}
