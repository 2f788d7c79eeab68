/** Several processes on one port: the first of them starts the others, replaces those that end or hang, and answers for all. */
import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import type { EventLog } from '../base/log-events.ts'
import type { OpsSources, ServingState } from '../ops/app.ts'
import { HUNG_MS } from '../ops/heartbeat.ts'
import { FIRST_DELAY_MS, findRestartDelay } from './restart.ts'
import type { Started } from './started.ts'
import { createMetricsAsker, type Message } from './worker-messages.ts'

/** One process or several, as they are started, told and asked. */
export interface Service extends OpsSources {
  readonly started: Started
  readonly reload: () => Promise<void> | void
  /** Tells all to stop, and returns when they have. */
  readonly stop: () => Promise<void>
}

/** Milliseconds without a sign of life after which a worker does not count as ready. */
const SILENT_MS = 2_000

/** Milliseconds without one after which it is killed and replaced: the listener says 503 long before. */
const KILL_MS = 3 * HUNG_MS

const CHECK_MS = 1_000

/** A worker that could not start. It said why, in a line of its own. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('a worker could not start')
    this.exitCode = exitCode
  }
}

/** How many workers, and the milliseconds that they have to stop. */
export interface WorkersOptions {
  readonly count: number
  readonly stopMs: number
  readonly log: EventLog
  /** Called for each worker that is started. */
  readonly onWorker?: (worker: Worker) => void
}

interface Member {
  readonly worker: Worker
  readonly askMetrics: () => Promise<object | undefined>
  state: ServingState | undefined
  servingSinceMs: number
  seenMs: number
}

/**
 * Starts the workers: the first one alone, so that what keeps it from starting is said once.
 *
 * @throws {WorkerError} If the first one cannot start.
 */
export async function startWorkers(options: WorkersOptions): Promise<Service> {
  const { count, stopMs, log } = options
  const members = new Set<Member>()
  let isStopping = false
  let delayMs = FIRST_DELAY_MS
  const add = () => {
    const member = addMember(members)
    options.onWorker?.(member.worker)
    member.worker.once('exit', (code, signal) => {
      members.delete(member)
      // The first one that cannot start ends everything.
      if (isStopping || started === undefined) return
      const servedMs = member.state === undefined ? 0 : performance.now() - member.servingSinceMs
      const isLast = ![...members].some(({ state }) => state !== undefined)
      const next = findRestartDelay({ delayMs, servedMs, isLast })
      delayMs = next.nextDelayMs
      log.error(
        { event: 'worker_ended', worker: member.worker.process.pid, how: signal ?? code },
        `worker ${member.worker.process.pid} ended (${signal ?? code}), another one starts in ${next.waitMs} ms`,
      )
      setTimeout(() => !isStopping && add(), next.waitMs)
    })
    return member.worker
  }
  let started: Started | undefined
  started = await waitForStart(add())
  for (let i = 1; i < count; i++) add()
  watchMembers(members, log)
  const seen = (withinMs: number) => {
    return [...members].filter(({ state, seenMs }) => {
      return state !== undefined && performance.now() - seenMs < withinMs
    })
  }
  return {
    started,
    isLive: () => seen(HUNG_MS).length > 0,
    states: async () =>
      seen(SILENT_MS).flatMap(({ state }) =>
        state === undefined ? [] : [{ ...state, ready: state.ready && !isStopping }],
      ),
    // Counters are sums: they start again when a worker is replaced, which Prometheus expects of counters.
    metrics: async () => {
      const answers = await Promise.all(seen(SILENT_MS).map(({ askMetrics }) => askMetrics()))
      const found = answers.filter((metrics) => metrics !== undefined)
      return AggregatorRegistry.aggregate(found).metrics()
    },
    reload: () => signalAll(members, 'SIGHUP'),
    stop: async () => {
      isStopping = true
      await stopMembers(members, stopMs, log)
    },
  }
}

function addMember(members: Set<Member>): Member {
  const worker = cluster.fork()
  const member: Member = {
    worker,
    askMetrics: createMetricsAsker(worker),
    state: undefined,
    servingSinceMs: 0,
    seenMs: 0,
  }
  worker.on('message', (message: Message) => {
    if (!('state' in message)) return
    const nowMs = performance.now()
    if (member.state === undefined) member.servingSinceMs = nowMs
    member.state = message.state
    member.seenMs = nowMs
  })
  members.add(member)
  return member
}

function waitForStart(worker: Worker): Promise<Started> {
  return new Promise((resolve, reject) => {
    worker.once('exit', (code) => reject(new WorkerError(code ?? 1)))
    worker.on('message', (message: Message) => {
      if ('serving' in message) resolve(message.serving)
    })
  })
}

/** Kills workers that hang; they are replaced like those that end. */
function watchMembers(members: ReadonlySet<Member>, log: EventLog): void {
  let checkedMs = performance.now()
  const check = () => {
    const nowMs = performance.now()
    // This process itself was held: the others' signs of life are still on their way.
    const wasHeld = nowMs - checkedMs > 2 * CHECK_MS
    checkedMs = nowMs
    for (const member of members) {
      if (wasHeld) member.seenMs = nowMs
      if (member.state === undefined || nowMs - member.seenMs < KILL_MS) continue
      const { pid } = member.worker.process
      log.error({ event: 'worker_hung', worker: pid }, `worker ${pid} hangs, it is killed`)
      member.worker.process.kill('SIGKILL')
    }
  }
  setInterval(check, CHECK_MS).unref()
}

/** Tells all to stop, and kills those that have not when the time is over. */
async function stopMembers(
  members: ReadonlySet<Member>,
  stopMs: number,
  log: EventLog,
): Promise<void> {
  const ends = [...members].map(({ worker }) => {
    return worker.isDead()
      ? Promise.resolve()
      : new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  })
  const timer = setTimeout(() => {
    for (const { worker } of members) {
      const { pid } = worker.process
      log.error({ event: 'worker_killed', worker: pid }, `worker ${pid} did not stop, it is killed`)
    }
    signalAll(members, 'SIGKILL')
  }, stopMs)
  signalAll(members, 'SIGTERM')
  await Promise.all(ends)
  clearTimeout(timer)
}

/** By signal, as an operator would: `worker.kill` would first cut the worker off from the port. */
function signalAll(members: ReadonlySet<Member>, signal: NodeJS.Signals): void {
  for (const { worker } of members) worker.process.kill(signal)
}
