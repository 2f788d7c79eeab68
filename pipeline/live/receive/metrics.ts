/** A receiver's figures in Prometheus' text format, and what its operators hear. */
import type { ReceiveStatus } from './status.ts'

const PREFIX = 'banner_pools_receive_'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null]
type Metric = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
]

/** Every metric, in the order in which they are listed in docs/kafka.md. */
export function formatReceiveMetrics(status: ReceiveStatus, now: Date): string {
  return listMetrics(status, now)
    .flatMap(([name, type, help, samples]) => {
      const full = PREFIX + name
      const lines = samples.flatMap(([labels, value]) =>
        value === null ? [] : [`${full}${formatLabels(labels)} ${value}`],
      )
      return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines]
    })
    .map((line) => `${line}\n`)
    .join('')
}

/** Why the receiver is not ready; null = it is. Brokers that are away are no fault here: banners go on. */
export function describeReceiveFault({ diskFault }: ReceiveStatus): string | null {
  return diskFault === null ? null : `nothing is received: ${diskFault}`
}

function listMetrics(status: ReceiveStatus, now: Date): Metric[] {
  const { partitions, rejected, awaySinceMs } = status
  const age = (ms: number | null) => (ms === null ? null : Math.max(0, now.getTime() - ms) / 1000)
  const one = (value: number | null): Sample[] => [[{}, value]]
  const flag = (is: boolean) => one(is ? 1 : 0)
  const ofPartitions = (value: (partition: ReceiveStatus['partitions'][number]) => number | null) =>
    partitions.map((own): Sample => {
      return [{ topic: own.topic, partition: String(own.partition) }, value(own)]
    })
  const lag = (end: number | null, offset: number) =>
    end === null ? null : Math.max(0, end - offset)
  return [
    ['messages_total', 'counter', 'Messages that were read', one(status.messages)],
    ['lines_total', 'counter', 'Lines that were written', one(status.lines)],
    [
      'repeats_total',
      'counter',
      'Lines that were left out, since the event of their message had come before',
      one(status.repeats),
    ],
    [
      'rejected_lines',
      'gauge',
      'Lines of the day of the last reject that did not come in',
      Object.entries(rejected).map(([reason, lines]): Sample => [{ reason }, lines]),
    ],
    [
      'rejected_total',
      'counter',
      'Lines that did not come in since the journal began',
      one(status.rejectedTotal),
    ],
    ['gaps_total', 'counter', 'Times that lines were lost and accepted as lost', one(status.gaps)],
    ['offset', 'gauge', 'The next offset to read', ofPartitions(({ offset }) => offset)],
    [
      'lag',
      'gauge',
      'Messages up to the last stable offset that are not read',
      ofPartitions(({ lastStableOffset, offset }) => lag(lastStableOffset, offset)),
    ],
    [
      'lag_to_end',
      'gauge',
      'Messages up to the end that are not read, those of open transactions included',
      ofPartitions(({ highWatermark, offset }) => lag(highWatermark, offset)),
    ],
    ['commits_total', 'counter', 'Times that lines were put on disk', one(status.commits)],
    ['commit_seconds', 'gauge', 'What the last one took', one(status.commitSeconds)],
    ['last_commit_age_seconds', 'gauge', 'Since the last one', one(age(status.lastCommitMs))],
    [
      'newest_message_age_seconds',
      'gauge',
      'Since the newest message that is read was produced',
      one(age(status.newestMessageMs)),
    ],
    ['away', 'gauge', '1 = no broker answers', flag(status.away !== null)],
    ['away_seconds', 'gauge', 'How long no broker has answered', one(age(awaySinceMs) ?? 0)],
    ['disk_full', 'gauge', '1 = nothing can be written', flag(status.diskFault !== null)],
    ['standby', 'gauge', '1 = waits for another receiver to end', flag(status.isStandby)],
  ]
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join()}}`
}
