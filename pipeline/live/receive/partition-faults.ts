/** What an answer without records means: a fault that passes, or messages that are lost. */
import { PipelineError } from '../../base/errors.ts'
import type { Brokers } from './brokers.ts'
import {
  findPassingError,
  INCONSISTENT_TOPIC_ID,
  OFFSET_OUT_OF_RANGE,
  UNKNOWN_TOPIC_ID,
} from './faults.ts'
import type { Fetched } from './fetch.ts'
import { acceptGap, describeRetention, describeTruncation } from './gaps.ts'
import type { ReadPartition, ReadTopic } from './topics.ts'

/** What is done about a fault. */
export interface FaultWorld {
  readonly brokers: Brokers
  /** A person has allowed it to go on behind messages that are lost. */
  readonly acceptGaps: boolean
  readonly now: () => Date
  /** Told of messages that are lost, in a sentence. */
  readonly onGap: (gap: string) => void
}

/**
 * Heeds the fault of a partition; where a gap was accepted, reading goes on behind it.
 *
 * @returns Whether reading may go on at once; else partitions have to be looked at first.
 * @throws {PipelineError} If messages are lost and nobody accepted it, or the broker answers with an unknown error.
 */
export async function heedFault(
  topic: ReadTopic,
  own: ReadPartition,
  { errorCode, divergesAt }: Fetched,
  world: FaultWorld,
): Promise<boolean> {
  const place = { topic: topic.name, partition: own.partition }
  if (divergesAt !== null) {
    goOnBehind(describeTruncation(place, own.offset, divergesAt), own, divergesAt, world)
    return true
  }
  if (errorCode === OFFSET_OUT_OF_RANGE) {
    await heedRange(topic, own, world)
    return true
  }
  // The look at the topics tells whether it was deleted.
  if (errorCode === UNKNOWN_TOPIC_ID || errorCode === INCONSISTENT_TOPIC_ID) return false
  if (findPassingError(errorCode) !== null) return false
  throw new PipelineError(
    `topic ${topic.name}, partition ${own.partition}: the broker answers with error ${errorCode}`,
  )
}

async function heedRange(topic: ReadTopic, own: ReadPartition, world: FaultWorld): Promise<void> {
  const place = { topic: topic.name, partition: own.partition }
  const find = async (end: 'earliest' | 'latest') => {
    const wanted = { partitions: [own.partition], end }
    const offsets = await world.brokers.findOffsets(own.leader, topic.name, wanted)
    return offsets.get(own.partition) ?? 0
  }
  const first = await find('earliest')
  if (first > own.offset) {
    goOnBehind(describeRetention(place, own.offset, first), own, first, world)
    return
  }
  const end = await find('latest')
  if (end < own.offset) goOnBehind(describeTruncation(place, own.offset, end), own, end, world)
}

function goOnBehind(
  gap: Parameters<typeof acceptGap>[0],
  own: ReadPartition,
  offset: number,
  { acceptGaps, now, onGap }: FaultWorld,
): void {
  onGap(acceptGap(gap, acceptGaps, now()))
  own.offset = offset
  own.lastEpoch = -1
}
