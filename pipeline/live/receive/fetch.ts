/** The request that reads partitions by the id of their topic, and its answer, records left packed as they came. */
import type { Kafka } from '../../base/kafka.ts'

type Writer = ReturnType<Kafka['fetchV13']['createRequest']>
type Reader = Parameters<Kafka['fetchV13']['parseResponse']>[3]

/** From where a partition is fetched. */
export interface FetchPlace {
  readonly topicId: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  /** Of the batch before; -1 = none. The leader then tells whether its log is still the one that was read. */
  readonly lastEpoch: number
}

/** What came of a partition. */
export interface Fetched {
  readonly topicId: string
  readonly partition: number
  /** Kafka's number; 0 = none. */
  readonly errorCode: number
  /** End of what is replicated, and of what no open transaction holds back. */
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** The leader's log ends here for the epoch that was read last: what was read behind is no longer there. */
  readonly divergesAt: number | null
  /** Batches of records as Kafka stores them; the last may be cut off. */
  readonly records: Buffer
}

/** A transaction whose records do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** Bytes of one answer, and of one partition in it. A larger message comes all the same. */
const MAX_BYTES = 16 << 20
const MAX_PARTITION_BYTES = 4 << 20
const READ_COMMITTED = 1

/** Makes the request. */
export function createFetchRequest(
  kafka: Kafka,
  places: readonly FetchPlace[],
  waitMs: number,
): Writer {
  const topicIds = [...new Set(places.map(({ topicId }) => topicId))]
  const wanted = topicIds.map((topicId) => ({
    topicId,
    partitions: places
      .filter((place) => place.topicId === topicId)
      .map(({ partition, offset, leaderEpoch, lastEpoch }) => ({
        partition,
        currentLeaderEpoch: leaderEpoch,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: lastEpoch,
        partitionMaxBytes: MAX_PARTITION_BYTES,
      })),
  }))
  return kafka.fetchV13.createRequest(waitMs, 1, MAX_BYTES, READ_COMMITTED, 0, -1, wanted, [], '')
}

/**
 * Reads the answer. The client's own reader takes neither checksums nor snappy as Java packs it, makes a null value an empty
 * one, and throws all partitions away for the error of one.
 */
export function parseFetchResponse(reader: Reader): Fetched[] {
  reader.readInt32()
  const errorCode = reader.readInt16()
  reader.readInt32()
  const topics = reader.readArray((r) => {
    const topicId = r.readUUID()
    return r.readArray((own) => ({ topicId, ...readPartition(own) }), true, false)
  })
  return topics.flat().map((fetched) => (errorCode === 0 ? fetched : { ...fetched, errorCode }))
}

function readPartition(reader: Reader): Omit<Fetched, 'topicId'> {
  const fetched = {
    partition: reader.readInt32(),
    errorCode: reader.readInt16(),
    highWatermark: Number(reader.readInt64()),
    lastStableOffset: Number(reader.readInt64()),
    logStartOffset: Number(reader.readInt64()),
    aborted: readAborted(reader),
  }
  reader.readInt32()
  const records = readRecords(reader)
  return { ...fetched, records, divergesAt: readDivergence(reader) }
}

function readAborted(reader: Reader): AbortedTransaction[] {
  const read = (r: Reader) => ({
    producerId: r.readInt64(),
    firstOffset: Number(r.readInt64()),
  })
  return reader.readNullableArray(read) ?? []
}

function readRecords(reader: Reader): Buffer {
  const length = reader.readUnsignedVarInt() - 1
  if (length <= 0) return Buffer.alloc(0)
  const records = reader.buffer.slice(reader.position, reader.position + length)
  reader.skip(length)
  return records
}

const DIVERGING_EPOCH = 0

function readDivergence(reader: Reader): number | null {
  let endOffset: number | null = null
  for (let left = reader.readUnsignedVarInt(); left > 0; left -= 1) {
    const tag = reader.readUnsignedVarInt()
    const size = reader.readUnsignedVarInt()
    const end = reader.position + size
    if (tag === DIVERGING_EPOCH) {
      const epoch = reader.readInt32()
      const offset = Number(reader.readInt64())
      if (epoch >= 0 && offset >= 0) endOffset = offset
    }
    reader.skip(end - reader.position)
  }
  return endOffset
}
