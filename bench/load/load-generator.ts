/**
 * Requests at a constant rate, whatever the answers take.
 *
 *     due     |  |  |  |  |  |  |  |        every 1 / rate seconds
 *     sent    |  |  |  |..............||||  the server stalls, all connections wait
 *     counted from `due`: a stall of 100 ms at 5,000/s is 500 slow requests, as its visitors would say, not 64
 *
 * autocannon 9 is not fit for this: with a rate it sends each second's requests in one burst at the start of that second
 * (`lib/httpClient.js`, `rateInterval`), and corrects for what it left out by an interval of 1 ms at any rate
 * (`lib/run.js`, `Math.ceil(1 / rate)`).
 */
import { type Connection, createConnection, type Reply } from './load-connection.ts'

/** What to send, and how fast. */
export interface Load {
  readonly host: string
  readonly port: number
  /** Requests per second. */
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  /** Makes a request and the check of its answer. */
  readonly next: () => LoadRequest
}

/** A request, and what tells whether its answer is right. */
export interface LoadRequest {
  readonly text: string
  /** Tells what is wrong, in words that are the same for every such fault; undefined: nothing. */
  readonly faultOf: (reply: Reply) => string | undefined
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number
  /** Answers per second, from the first request to the last answer. */
  readonly rate: number
  /** Milliseconds from when a request was due to its whole answer, ascending. */
  readonly latenciesMs: Float64Array
  /** Milliseconds from when a request was due to when it was sent, ascending: what the generator itself adds. */
  readonly delaysMs: Float64Array
  /** Fault to number of answers. */
  readonly faults: ReadonlyMap<string, number>
}

/** Milliseconds after the last request was due; what has no answer then has none. */
const DRAIN_MS = 5_000

/** Runs a load to its end: at most `seconds` and 5 more. */
export async function generateLoad(load: Load): Promise<LoadResult> {
  const { host, port } = load
  const run = createRun(Math.round(load.rate * load.seconds))
  const connections = Array.from({ length: load.connections }, () => createConnection(host, port))
  const startMs = performance.now()
  await pump(load, run, [...connections], startMs)
  const elapsedMs = performance.now() - startMs
  for (const connection of connections) connection.close()
  const missing = run.latenciesMs.length - run.answered
  if (missing > 0) run.faults.set('no answer in time', missing)
  return {
    requests: run.latenciesMs.length,
    rate: (run.answered / elapsedMs) * 1000,
    latenciesMs: run.latenciesMs.sort(),
    delaysMs: run.delaysMs.sort(),
    faults: run.faults,
  }
}

interface Run {
  readonly latenciesMs: Float64Array
  readonly delaysMs: Float64Array
  readonly faults: Map<string, number>
  sent: number
  answered: number
}

/** What is never answered took for ever. */
function createRun(requests: number): Run {
  return {
    latenciesMs: new Float64Array(requests).fill(Number.POSITIVE_INFINITY),
    delaysMs: new Float64Array(requests).fill(Number.POSITIVE_INFINITY),
    faults: new Map(),
    sent: 0,
    answered: 0,
  }
}

/** Sends what is due over the idle connections, again and again, without sleeping: timers are exact to 1 ms only. */
function pump(load: Load, run: Run, idle: Connection[], startMs: number): Promise<void> {
  const total = run.latenciesMs.length
  const endMs = startMs + load.seconds * 1000 + DRAIN_MS
  return new Promise((resolve) => {
    const turn = () => {
      const nowMs = performance.now()
      if (run.answered === total || nowMs > endMs) return resolve()
      const due = Math.min(total, Math.floor(((nowMs - startMs) * load.rate) / 1000) + 1)
      while (run.sent < due) {
        const connection = idle.shift()
        if (connection === undefined) break
        sendOne(load, run, { connection, idle, dueMs: startMs + (run.sent * 1000) / load.rate })
      }
      setImmediate(turn)
    }
    turn()
  })
}

function sendOne(
  { next }: Load,
  run: Run,
  { connection, idle, dueMs }: { connection: Connection; idle: Connection[]; dueMs: number },
): void {
  const index = run.sent++
  const { text, faultOf } = next()
  run.delaysMs[index] = performance.now() - dueMs
  connection.send(text, (reply) => {
    run.latenciesMs[index] = performance.now() - dueMs
    run.answered++
    idle.push(connection)
    const fault = faultOf(reply)
    if (fault !== undefined) run.faults.set(fault, (run.faults.get(fault) ?? 0) + 1)
  })
}
