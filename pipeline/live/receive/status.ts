/** What a receiver is doing, for its operators. */

/** How far a partition is read. */
interface PartitionStatus {
  readonly topic: string
  readonly partition: number
  /** The next one to read. */
  readonly offset: number
  /** End of what no open transaction holds back, and of what is replicated; null = not known yet. */
  readonly lastStableOffset: number | null
  readonly highWatermark: number | null
}

/** Figures and states of a receiver; plain data. Times are in milliseconds since 1970; null = not yet. */
export interface ReceiveStatus {
  /** Waiting for another receiver to end. */
  isStandby: boolean
  /** Why no broker answers; null = one does. */
  away: string | null
  /** Since when. */
  awaySinceMs: number | null
  /** Why nothing is written; null = it is. */
  diskFault: string | null
  messages: number
  lines: number
  /** Lines that were left out, since their `event` had come before. */
  repeats: number
  /** Lines of all days that did not come in. */
  rejectedTotal: number
  /** Of the day of the last reject, by reason. */
  rejected: Readonly<Record<string, number>>
  rejectedDay: string
  commits: number
  /** Of the last commit. */
  commitSeconds: number
  lastCommitMs: number | null
  /** When the newest message that is read was produced. */
  newestMessageMs: number | null
  /** Times that lines were lost and somebody accepted it. */
  gaps: number
  partitions: readonly PartitionStatus[]
}

/** The state of a receiver that has just started. */
export function createReceiveStatus(): ReceiveStatus {
  return {
    isStandby: true,
    away: null,
    awaySinceMs: null,
    diskFault: null,
    messages: 0,
    lines: 0,
    repeats: 0,
    rejectedTotal: 0,
    rejected: {},
    rejectedDay: '',
    commits: 0,
    commitSeconds: 0,
    lastCommitMs: null,
    newestMessageMs: null,
    gaps: 0,
    partitions: [],
  }
}
