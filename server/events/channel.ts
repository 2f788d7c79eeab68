/** Events between the processes of a server: workers send theirs to the first one, which has the writer. */
import type { Collector } from './collector.ts'
import {
  type CollectedEvent,
  type EventOutcome,
  LOST,
  type Patience,
  type Unkept,
} from './event.ts'
import type { EventSink } from './service.ts'
import { reportToday, type TodayReport } from './today-report.ts'

/** From a worker. */
interface ToWriter {
  readonly events: {
    readonly id: number
    readonly list: readonly CollectedEvent[]
    readonly patience: Patience
    readonly notes: Readonly<Partial<Record<Unkept, number>>>
    readonly wantsToday: boolean
  }
}

/** To a worker. */
interface FromWriter {
  readonly written: {
    readonly id: number
    readonly outcomes: readonly EventOutcome[]
    readonly today?: TodayReport
  }
}

/** One end of a channel between processes; `process` and cluster's `Worker` have it. */
interface Channel {
  readonly send?:
    | ((message: object, callback: (error: Error | null) => void) => unknown)
    | undefined
  readonly on: (event: 'message', listener: (message: unknown) => void) => unknown
}

/** Milliseconds after which counts are sent that came with no event. */
const NOTES_MS = 500

/** Takes the events that come from a worker. */
export function takeEvents(worker: Channel, collector: Collector): void {
  worker.on('message', async (message) => {
    if (!isToWriter(message)) return
    const { id, list, patience, notes, wantsToday } = message.events
    collector.note(notes)
    const outcomes = list.length === 0 ? [] : await collector.record(list, patience)
    const today = wantsToday ? { today: reportToday(collector) } : {}
    // The worker may have ended meanwhile.
    worker.send?.({ written: { id, outcomes, ...today } } satisfies FromWriter, () => {})
  })
}

/** Sends the events of this process to the first one: those of one turn of the event loop together, by their patience. */
export function createRemoteSink(channel: Channel): EventSink {
  const waiting = new Map<number, (written: FromWriter['written'] | undefined) => void>()
  let notes: Partial<Record<Unkept, number>> = {}
  let lastId = 0
  channel.on('message', (message) => {
    if (!isFromWriter(message)) return
    waiting.get(message.written.id)?.(message.written)
    waiting.delete(message.written.id)
  })
  const ask: Ask = (list, { patience = 'written', wantsToday = false } = {}) => {
    const id = ++lastId
    const sent = notes
    notes = {}
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      const message: ToWriter = { events: { id, list, patience, notes: sent, wantsToday } }
      channel.send?.(message, (error) => {
        if (error === null || error === undefined) return
        waiting.delete(id)
        resolve(undefined)
      })
    })
  }
  const timer = setInterval(() => {
    if (Object.keys(notes).length > 0) void ask([])
  }, NOTES_MS)
  timer.unref()
  const groups = {
    written: createGroup(ask, 'written'),
    acknowledged: createGroup(ask, 'acknowledged'),
    told: createGroup(ask, 'told'),
  }
  return {
    record: (events, patience = 'written') => groups[patience](events),
    note: (counts) => {
      for (const [name, count] of Object.entries(counts)) {
        const key = name as Unkept
        notes[key] = (notes[key] ?? 0) + count
      }
    },
    today: async () => (await ask([], { wantsToday: true }))?.today,
  }
}

type Ask = (
  events: readonly CollectedEvent[],
  how?: { readonly patience?: Patience; readonly wantsToday?: boolean },
) => Promise<FromWriter['written'] | undefined>

/** Events that are sent together: an answer comes once all of them have theirs. */
function createGroup(
  ask: Ask,
  patience: Patience,
): (events: readonly CollectedEvent[]) => Promise<readonly EventOutcome[]> {
  let list: CollectedEvent[] = []
  let takers: ((outcomes: readonly EventOutcome[]) => void)[] = []
  let sizes: number[] = []
  let isPlanned = false
  const flush = async () => {
    isPlanned = false
    const [events, resolves, counts] = [list, takers, sizes]
    list = []
    takers = []
    sizes = []
    const written = await ask(events, { patience })
    let at = 0
    for (const [i, resolve] of resolves.entries()) {
      const end = at + (counts[i] ?? 0)
      resolve(written?.outcomes.slice(at, end) ?? events.slice(at, end).map(() => LOST))
      at = end
    }
  }
  return (events) =>
    new Promise((resolve) => {
      list.push(...events)
      takers.push(resolve)
      sizes.push(events.length)
      if (!isPlanned) setImmediate(() => void flush())
      isPlanned = true
    })
}

/** The writer in the same process. */
export function createLocalSink(collector: Collector): EventSink {
  return {
    record: collector.record,
    note: (counts) => collector.note(counts),
    today: async () => reportToday(collector),
  }
}

function isToWriter(message: unknown): message is ToWriter {
  return typeof message === 'object' && message !== null && 'events' in message
}

function isFromWriter(message: unknown): message is FromWriter {
  return typeof message === 'object' && message !== null && 'written' in message
}
