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
  /** What became of an event; `lost` if that is not known in time. */
  readonly record: (event: CollectedEvent) => Promise<EventOutcome>
  readonly recordAll: RecordEvents
  readonly note: (what: Unkept) => void
  readonly today: EventSink['today']
}

/** Milliseconds for which a visitor waits for the disk, or for the first process. */
const DEADLINE_MS = 2_000

/** Puts rules and writer together. */
export function createEventService(rules: EventRules, sink: EventSink): EventService {
  const [key] = rules.keys
  if (key === undefined) throw new RangeError('there is no event key')
  const write = createTokenWriter(key)
  const number = createNumbering(rules.mark)
  const recordAll: RecordEvents = (events) => inTime(sink.record(events), events)
  return {
    ...rules,
    recordAll,
    sign: (decision) => write(decision, number(rules.now())),
    record: async (event) => (await recordAll([event]))[0] ?? LOST,
    note: (what) => sink.note({ [what]: 1 }),
    today: sink.today,
  }
}

async function inTime(
  recording: Promise<readonly EventOutcome[]>,
  events: readonly CollectedEvent[],
): Promise<readonly EventOutcome[]> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<readonly EventOutcome[]>((resolve) => {
    timer = setTimeout(() => resolve(events.map(() => LOST)), DEADLINE_MS)
  })
  try {
    return await Promise.race([recording, deadline])
  } finally {
    clearTimeout(timer)
  }
}
