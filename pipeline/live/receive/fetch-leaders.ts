/** Asks all leaders at once for what is new in the partitions that they lead. */
import type { Brokers } from './brokers.ts'
import { BrokerAwayError } from './faults.ts'
import type { Fetched } from './fetch.ts'
import type { ReadPartition, ReadTopic } from './topics.ts'

/** Milliseconds that a broker waits for something new. */
const WAIT_MS = 100

/** What the leaders answered. */
export interface LeaderAnswers {
  readonly fetched: readonly Fetched[]
  /** One of several leaders is away: who leads its partitions now has to be asked. */
  readonly isIncomplete: boolean
}

/** Lists partitions by the node of their leader; -1 = nobody leads them now. */
export function groupByLeader(
  topics: Iterable<ReadTopic>,
): Map<number, { readonly topic: ReadTopic; readonly own: ReadPartition }[]> {
  const byLeader = new Map<number, { topic: ReadTopic; own: ReadPartition }[]>()
  for (const topic of topics) {
    for (const own of topic.partitions) {
      byLeader.set(own.leader, [...(byLeader.get(own.leader) ?? []), { topic, own }])
    }
  }
  return byLeader
}

/**
 * Fetches from all leaders. One that is gone holds nobody up: the others are read.
 *
 * @throws {BrokerAwayError} If none answers.
 * @throws {PipelineError} If one refuses us.
 */
export async function fetchFromLeaders(
  brokers: Brokers,
  byLeader: ReturnType<typeof groupByLeader>,
): Promise<LeaderAnswers> {
  const answers = await Promise.allSettled(
    [...byLeader].map(([leader, partitions]) => {
      const places = partitions.map(({ topic, own }) => ({ topicId: topic.id, ...own }))
      return brokers.fetch(leader, places, WAIT_MS)
    }),
  )
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason as unknown] : [],
  )
  const fatal = failures.find((error) => !(error instanceof BrokerAwayError))
  if (fatal !== undefined) throw fatal
  if (failures.length > 0 && failures.length === answers.length) throw failures[0]
  const fetched = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  return { fetched, isIncomplete: failures.length > 0 }
}
