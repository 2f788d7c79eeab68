/**
 * Which of the lines that were written Kafka has acknowledged, and the answers that wait for it:
 *
 *     line written ──► add        sender: acknowledged by all replicas ──► acknowledge ──► answers that wait for the line
 *
 * An event is known by its name as long as its line is not acknowledged, so that a repeat waits for the same line. Of lines
 * that an earlier session wrote, and of more lines than names are kept for, nobody knows which events they are: then a
 * repeat waits for all of them.
 */
import type { CollectedEvent, EventOutcome } from './event.ts'

/** Milliseconds that an answer waits for. */
const WAIT_MS = 5_000
/** Names that are kept; a hundred bytes each. */
const MAX_NAMES = 200_000

/** Up to where a segment has the lines of an event. */
export interface LinePlace {
  readonly path: string
  readonly end: number
}

/** How far lines are acknowledged. */
export interface SentPlaces {
  /** By segment. */
  readonly places: Readonly<Record<string, number>>
  /** Number of the first segment that may have lines which are not. */
  readonly first: number
}

/** Some lines that were written together. */
interface Written {
  readonly end: number
  readonly names: readonly string[]
  /** False: nobody knows, and nobody will tell. */
  readonly isAcknowledged: Promise<boolean>
  readonly settle: (isAcknowledged: boolean) => void
}

/** Of the session that writes now; what an earlier one waited for is over. */
export class Acknowledgements {
  /** Events whose answers wait. */
  waiting = 0
  /** Events that were answered without an acknowledgement, since the start. */
  late = 0
  readonly #waitMs: number
  readonly #maxNames: number
  #run = ''
  /** Of a segment, in order. */
  readonly #written = new Map<string, Written[]>()
  readonly #byName = new Map<string, Written>()
  /** The latest lines of a segment whose names are not kept. */
  readonly #unnamed = new Map<string, Written>()
  /** All lines of earlier sessions; null = acknowledged. */
  #earlier: Written | null = createUnknown()

  constructor({ waitMs = WAIT_MS, maxNames = MAX_NAMES } = {}) {
    this.#waitMs = waitMs
    this.#maxNames = maxNames
  }

  /**
   * A session writes into the folder from now on.
   *
   * @param firstSegment - Number of its first one: those before are of earlier sessions.
   */
  begin(run: string, firstSegment: number): void {
    this.end()
    this.#run = run
    this.#earlier = createWritten(firstSegment, [])
  }

  /** Names the session; '': there is none. */
  get run(): string {
    return this.#run
  }

  /** The session is over: what it wrote is told by the next one, as lines of an earlier one. */
  end(): void {
    this.#run = ''
    for (const all of this.#written.values()) for (const one of all) one.settle(false)
    this.#earlier?.settle(false)
    this.#earlier = createUnknown()
    for (const map of [this.#written, this.#byName, this.#unnamed]) map.clear()
  }

  /** Lines of events were written. */
  add(events: readonly CollectedEvent[], { path, end }: LinePlace): void {
    const isKept = this.#byName.size + events.length <= this.#maxNames
    const names = isKept ? events.flatMap((event) => nameOf(event) ?? []) : []
    const written = createWritten(end, names)
    const known = this.#written.get(path)
    if (known === undefined) this.#written.set(path, [written])
    else known.push(written)
    for (const name of names) this.#byName.set(name, written)
    if (!isKept) this.#unnamed.set(path, written)
  }

  /** @param run - Of the session whose lines were sent. */
  acknowledge(run: string, { places, first }: SentPlaces): void {
    if (run !== this.#run) return
    for (const [path, end] of Object.entries(places)) this.#settleTo(path, end)
    if (this.#earlier === null || this.#earlier.end > first) return
    this.#earlier.settle(true)
    this.#earlier = null
  }

  /**
   * Waits until the lines of events are acknowledged, or too long.
   *
   * @param outcomes - What became of the events, in their order.
   * @param about - The session before they were written; not patient: it is told at once which are acknowledged.
   * @returns The outcomes; those of lines that are not acknowledged say so.
   */
  async settle(
    events: readonly CollectedEvent[],
    outcomes: readonly EventOutcome[],
    { run, isPatient }: { readonly run: string; readonly isPatient: boolean },
  ): Promise<readonly EventOutcome[]> {
    const needed = events.map((event, nth) => this.#find(event, outcomes[nth], run))
    const count = needed.filter((lines) => lines.length > 0).length
    if (count === 0) return outcomes
    const open = new Set(needed.flat())
    this.waiting += count
    try {
      await this.#wait(open, isPatient ? this.#waitMs : 0)
    } finally {
      this.waiting -= count
    }
    return outcomes.map((outcome, nth) => {
      if (!needed[nth]?.some((lines) => open.has(lines))) return outcome
      this.late += 1
      return { ...outcome, isUnacknowledged: true }
    })
  }

  /** Removes what is acknowledged. */
  async #wait(open: Set<Written>, ms: number): Promise<void> {
    const all = [...open].map(async (lines) => {
      if (await lines.isAcknowledged) open.delete(lines)
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms)
    })
    await Promise.race([Promise.all(all), late])
    clearTimeout(timer)
  }

  #settleTo(path: string, end: number): void {
    const all = this.#written.get(path) ?? []
    const next = all.findIndex((one) => one.end > end)
    for (const one of all.splice(0, next === -1 ? all.length : next)) {
      for (const name of one.names) if (this.#byName.get(name) === one) this.#byName.delete(name)
      if (this.#unnamed.get(path) === one) this.#unnamed.delete(path)
      one.settle(true)
    }
    if (all.length === 0) this.#written.delete(path)
  }

  /** The lines that an event's answer needs. */
  #find(event: CollectedEvent, outcome: EventOutcome | undefined, run: string): Written[] {
    const name = nameOf(event)
    const isNew = outcome?.status === 'counted'
    if (name === null || !(isNew || outcome?.status === 'repeat')) return []
    const own = this.#byName.get(name)
    if (own !== undefined) return [own]
    const unnamed = [...this.#unnamed.values()]
    const isOfSession = isNew && run === this.#run
    return isOfSession || this.#earlier === null ? unnamed : [...unnamed, this.#earlier]
  }
}

/** Null: it has no line that is sent. */
function nameOf(event: CollectedEvent): string | null {
  if (event.kind === 'rejected' || event.kind === 'view') return null
  if (event.kind === 'conversion') return `conversion ${event.conversionId}`
  return `${event.kind} ${event.run}:${event.counter}`
}

/** Lines of which nobody will tell. */
function createUnknown(): Written {
  const unknown = createWritten(Number.POSITIVE_INFINITY, [])
  unknown.settle(false)
  return unknown
}

function createWritten(end: number, names: readonly string[]): Written {
  let settle: Written['settle'] = () => undefined
  const isAcknowledged = new Promise<boolean>((resolve) => {
    settle = resolve
  })
  return { end, names, isAcknowledged, settle }
}
