/** What a process that serves needs for events: keys, the way to the writer, and the rules. */
import { createTokenWriter, type Decision, type EventKey } from '../../contract/token.ts'
import type { Links } from '../banner/links.ts'
import type { AdvertiserCheck } from './advertisers.ts'
import {
  type CollectedEvent,
  type EventOutcome,
  LOST,
  type RecordEvents,
  type Unkept,
} from './event.ts'
import type { TokenLives } from './ledger.ts'
import { createNumbering } from './run.ts'
import type { TodayReport } from './today-report.ts'

/** The writer of the machine, in this process or in the first one. */
export interface EventSink {
  readonly record: RecordEvents
  /** Counts what is not kept. */
  readonly note: (counts: Readonly<Partial<Record<Unkept, number>>>) => void
  /** Undefined: the writer does not answer. */
  readonly today: () => Promise<TodayReport | undefined>
}

/** Settings of events. */
export interface EventRules {
  /** The first one signs. */
  readonly keys: readonly EventKey[]
  /** Seconds. */
  readonly lives: TokenLives
  /** Millionths. */
  readonly maxRevenue: bigint
  readonly findAdvertiser: AdvertiserCheck
  readonly now: () => Date
  /** Whether the answers to impressions and conversions wait until Kafka has acknowledged their lines. */
  readonly awaitsKafka?: boolean
  /** Of the runs that this machine signs and collects; undefined: it collects all that its keys have signed. */
  readonly mark?: string | undefined
  /** Where a click on a banner leads. */
  readonly findTarget: (links: Links, about: Target) => string
}

/** Which banner was clicked on, and the signed id of the click; '' if it has none. */
interface Target {
  readonly campaignId: number
  readonly bannerId: number
  readonly clickId: string
}

/** Events, as one process takes them. */
export interface EventService extends EventRules {
  /** Makes the token of a decision. */
  readonly sign: (decision: Decision) => string
  /** What became of an event; `lost` if that is not known in time. The answer waits as `awaitsKafka` says. */
  readonly record: (event: CollectedEvent) => Promise<EventOutcome>
  readonly recordAll: (events: readonly CollectedEvent[]) => Promise<readonly EventOutcome[]>
  /** The same for answers that lead on: they wait for the line only. */
  readonly recordAtOnce: EventService['record']
  readonly note: (what: Unkept) => void
  readonly today: EventSink['today']
}

/** Milliseconds for which a visitor waits for the disk, or for the first process. */
const DEADLINE_MS = 2_000
/** The same where it may wait for Kafka, five seconds of which are the writer's. */
const LATE_DEADLINE_MS = 7_000
/** Answers of this process that wait for Kafka: clicks must find their way beside them, see http/gate.ts. */
const MAX_WAITING = 512

/** Puts rules and writer together. */
export function createEventService(rules: EventRules, sink: EventSink): EventService {
  const [key] = rules.keys
  if (key === undefined) throw new RangeError('there is no event key')
  const write = createTokenWriter(key)
  const number = createNumbering(rules.mark)
  const recordAtOnce = async (event: CollectedEvent) => {
    return (await inTime(sink.record([event]), [event], DEADLINE_MS))[0] ?? LOST
  }
  const recordAll = createWaiting(sink, rules.awaitsKafka ?? false)
  return {
    ...rules,
    recordAll,
    recordAtOnce,
    sign: (decision) => write(decision, number(rules.now())),
    record: async (event) => (await recordAll([event]))[0] ?? LOST,
    note: (what) => sink.note({ [what]: 1 }),
    today: sink.today,
  }
}

function createWaiting(sink: EventSink, awaitsKafka: boolean): EventService['recordAll'] {
  if (!awaitsKafka) return (events) => inTime(sink.record(events), events, DEADLINE_MS)
  let waiting = 0
  return async (events) => {
    const patience = waiting < MAX_WAITING ? 'acknowledged' : 'told'
    waiting += 1
    try {
      return await inTime(sink.record(events, patience), events, LATE_DEADLINE_MS)
    } finally {
      waiting -= 1
    }
  }
}

async function inTime(
  recording: Promise<readonly EventOutcome[]>,
  events: readonly CollectedEvent[],
  ms: number,
): Promise<readonly EventOutcome[]> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<readonly EventOutcome[]>((resolve) => {
    timer = setTimeout(() => resolve(events.map(() => LOST)), ms)
  })
  try {
    return await Promise.race([recording, deadline])
  } finally {
    clearTimeout(timer)
  }
}
