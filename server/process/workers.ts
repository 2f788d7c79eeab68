/** Several processes on one port: the first of them starts the others, replaces those that end, and answers for all. */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Logger } from 'pino'
import { AggregatorRegistry } from 'prom-client'
import type { ServingState } from '../ops/app.ts'
import { type Asked, ask, type Message } from './worker-messages.ts'

/** The workers, as the first process sees them. */
export interface Workers {
  /** One line about where and what, from the first worker. */
  readonly description: string
  readonly states: () => Promise<readonly ServingState[]>
  /** Counters are sums: they start again when a worker is replaced, which Prometheus expects of counters. */
  readonly metrics: () => Promise<string>
  readonly reload: () => Promise<void> | void
  /** Tells all to stop, and returns when they have. */
  readonly stop: () => Promise<void>
}

/** Milliseconds until a worker is replaced: doubled each time one ends within a minute of its start. */
const FIRST_DELAY_MS = 100
const GREATEST_DELAY_MS = 10_000
const STABLE_MS = 60_000

/** A worker that could not start. It said why, in a line of its own. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('a worker could not start')
    this.exitCode = exitCode
  }
}

/**
 * Starts the workers: the first one alone, so that what keeps it from starting is said once.
 *
 * @throws {WorkerError} If the first one cannot start.
 */
export async function startWorkers(count: number, log: Logger): Promise<Workers> {
  const keeper = keepWorkers(log)
  const description = await descriptionOf(cluster.fork())
  for (const worker of alive()) keeper.keep(worker)
  for (let i = 1; i < count; i++) keeper.keep(cluster.fork())
  return {
    description,
    states: async () => (await askAll('state')).filter((state) => state !== undefined),
    metrics: async () => {
      const found = (await askAll('metrics')).filter((metrics) => metrics !== undefined)
      return AggregatorRegistry.aggregate([...found]).metrics()
    },
    reload: () => signalAll('SIGHUP'),
    stop: async () => {
      keeper.stop()
      const ends = alive().map((worker) => once(worker, 'exit'))
      signalAll('SIGTERM')
      await Promise.all(ends)
    },
  }
}

/** Replaces workers that end, later and later if they end soon. */
function keepWorkers(log: Logger) {
  let isStopping = false
  let delayMs = FIRST_DELAY_MS
  const keep = (worker: Worker) => {
    const startMs = performance.now()
    worker.once('exit', (code, signal) => {
      if (isStopping) return
      if (performance.now() - startMs > STABLE_MS) delayMs = FIRST_DELAY_MS
      const { pid } = worker.process
      log.error(`worker ${pid} ended (${signal ?? code}), another one starts in ${delayMs} ms`)
      setTimeout(() => !isStopping && keep(cluster.fork()), delayMs)
      delayMs = Math.min(2 * delayMs, GREATEST_DELAY_MS)
    })
  }
  const stop = () => {
    isStopping = true
  }
  return { keep, stop }
}

function descriptionOf(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.once('exit', (code) => reject(new WorkerError(code ?? 1)))
    worker.on('message', (message: Message) => {
      if ('serving' in message) resolve(message.serving)
    })
  })
}

function askAll<Q extends keyof Asked>(question: Q): Promise<(Asked[Q] | undefined)[]> {
  return Promise.all(alive().map((worker) => ask(worker, question)))
}

/** By signal, as an operator would: `worker.kill` would first cut the worker off from the port. */
function signalAll(signal: NodeJS.Signals): void {
  for (const worker of alive()) worker.process.kill(signal)
}

function alive(): Worker[] {
  return Object.values(cluster.workers ?? {}).flatMap((worker) =>
    worker === undefined || worker.isDead() ? [] : [worker],
  )
}
