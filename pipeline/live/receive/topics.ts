/** The topics that are read: where each partition is, who leads it, and what has become of a topic. */
import { PipelineError } from '../../base/errors.ts'
import type { Brokers, TopicView } from './brokers.ts'
import type { DoorTopic } from './door.ts'
import {
  BrokerAwayError,
  TOPIC_AUTHORIZATION_FAILED,
  TopicMissingError,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './faults.ts'
import { acceptGap, describeNewTopic } from './gaps.ts'
import { type ReceiverRecord, writerOf } from './places.ts'
import type { Offsets, TopicSetting } from './settings.ts'

/** A partition that is read. */
export interface ReadPartition {
  readonly partition: number
  leader: number
  leaderEpoch: number
  /** The next offset. */
  offset: number
  /** Epoch of the last batch that was read; -1 = none yet. */
  lastEpoch: number
  /** Milliseconds since 1970, of the newest message that was read; at most the time of its reading. */
  newestMs: number
  lastStableOffset: number | null
  highWatermark: number | null
}

/** A topic that is read. */
export interface ReadTopic extends DoorTopic {
  readonly id: string
  readonly partitions: ReadPartition[]
}

/** What finding topics needs. */
export interface TopicContext {
  readonly brokers: Brokers
  readonly settings: readonly TopicSetting[]
  readonly start: Offsets | null
  readonly acceptGaps: boolean
  readonly now: () => Date
  /** Told of a gap that was accepted. */
  readonly onGap: (warning: string) => void
}

/**
 * Looks at the topics: finds new partitions and leaders, and topics that were made anew.
 *
 * @param known - As they were read so far, by name; before the first look what the journal says.
 * @throws {BrokerAwayError} If no broker answers, or does not know its topics yet.
 * @throws {PipelineError} If a topic is missing, forbidden, or made anew.
 */
export async function lookAtTopics(
  known: ReadonlyMap<string, ReadTopic>,
  places: ReceiverRecord['topics'],
  context: TopicContext,
): Promise<Map<string, ReadTopic>> {
  const names = context.settings.map(({ name }) => name)
  const { topics } = await context.brokers.describe(names)
  const found = new Map<string, ReadTopic>()
  for (const setting of context.settings) {
    const view = topics.find(({ name }) => name === setting.name)
    assertReadable(setting.name, view)
    const before = known.get(setting.name)
    const topic =
      before?.id === view.id ? before : await beginTopic(setting, view, { before, places, context })
    await updatePartitions(topic, view, context)
    found.set(setting.name, topic)
  }
  return found
}

/** What the journal says of the topics that are read. */
export function describePlaces(
  topics: Iterable<ReadTopic>,
  others: ReceiverRecord['topics'],
): ReceiverRecord['topics'] {
  const own = [...topics].map(({ name, id, table, partitions }) => {
    return [name, { table, id, offsets: partitions.map(({ offset }) => offset) }] as const
  })
  return { ...others, ...Object.fromEntries(own) }
}

function assertReadable(name: string, view: TopicView | undefined): asserts view is TopicView {
  if (view === undefined || view.errorCode === UNKNOWN_TOPIC_OR_PARTITION) {
    throw new TopicMissingError(
      `topic ${name} is not there, make it or see --topic-prefix and --topic`,
    )
  }
  if (view.errorCode === TOPIC_AUTHORIZATION_FAILED) {
    throw new PipelineError(`topic ${name} may not be read by this user, allow it to read`)
  }
  if (view.errorCode !== 0) throw new BrokerAwayError(`topic ${name}: error ${view.errorCode}`)
}

/** Compaction removes lines that are not the last of their key. */
async function assertKeepsAll(name: string, brokers: Brokers): Promise<void> {
  const policy = await brokers.findTopicConfig(name, 'cleanup.policy')
  if (policy?.includes('compact') !== true) return
  throw new PipelineError(
    `topic ${name} has cleanup.policy=${policy}, which removes lines that were not read: set it to delete`,
  )
}

async function beginTopic(
  { name, table }: TopicSetting,
  { id }: TopicView,
  {
    before,
    places,
    context,
  }: {
    before: ReadTopic | undefined
    places: ReceiverRecord['topics']
    context: TopicContext
  },
): Promise<ReadTopic> {
  await assertKeepsAll(name, context.brokers)
  const topic = { name, table, id, writer: writerOf(id) }
  const place = places[name]
  const idBefore = before?.id ?? place?.id
  if (idBefore !== undefined && idBefore !== id) {
    const gap = describeNewTopic(name, idBefore, id)
    context.onGap(acceptGap(gap, context.acceptGaps, context.now()))
    return { ...topic, partitions: [] }
  }
  if (place !== undefined && place.table !== table) {
    throw new PipelineError(`topic ${name} was read as ${place.table}, not as ${table}`)
  }
  const offsets = place?.offsets ?? []
  return { ...topic, partitions: offsets.map((offset, partition) => begin(partition, offset)) }
}

function begin(partition: number, offset: number): ReadPartition {
  return {
    ...{ partition, offset, leader: -1, leaderEpoch: -1, lastEpoch: -1 },
    ...{ newestMs: Number.NEGATIVE_INFINITY, lastStableOffset: null, highWatermark: null },
  }
}

async function updatePartitions(
  topic: ReadTopic,
  view: TopicView,
  { brokers, start }: TopicContext,
): Promise<void> {
  const isNew = topic.partitions.length === 0
  for (const { partition, leader } of view.partitions.slice(topic.partitions.length)) {
    // One that was added later is read from its start, whatever has been removed of it since.
    let offset = start?.[topic.name]?.[String(partition)] ?? 0
    if (isNew && start?.[topic.name]?.[String(partition)] === undefined) {
      const wanted = { partitions: [partition], end: 'earliest' } as const
      offset = (await brokers.findOffsets(leader, topic.name, wanted)).get(partition) ?? 0
    }
    topic.partitions.push(begin(partition, offset))
  }
  for (const { partition, leader, leaderEpoch } of view.partitions) {
    const own = topic.partitions[partition]
    if (own === undefined) continue
    own.leader = leader
    own.leaderEpoch = leaderEpoch
  }
}
