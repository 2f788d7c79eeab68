/** What the first process and its workers say to each other. */

import type { ServingState } from '../ops/app.ts'
import { createAsker, isReply, type Question } from '../ops/questions.ts'
import type { Serving } from './serving.ts'
import type { Started } from './started.ts'

/** From a worker: once that it serves, then its state twice a second, which is its sign of life, and answers. */
export type Message = { readonly serving: Started } | { readonly state: ServingState }

/** What a worker is asked. */
type WorkerQuestion = 'metrics'

/** The channel to a process; `process` and cluster's `Worker` have it. */
interface Channel {
  readonly send?: (message: object, callback: () => void) => unknown
}

const STATE_MS = 500

/** Makes a function that asks a worker for its counters, as `AggregatorRegistry` of prom-client takes them. */
export function createMetricsAsker(worker: Channel & NodeJS.EventEmitter) {
  const asker = createAsker<WorkerQuestion>((question) => worker.send?.(question, () => {}))
  worker.on('message', (message) => isReply(message) && asker.receive(message))
  return async () => (await asker.ask('metrics')) as object | undefined
}

/** Tells the first process that this one serves, and how it does from then on. */
export function reportToFirstProcess({ started, state, registry }: Serving): void {
  const say = (message: object) => {
    // Gone with the first process, or at the end of this one.
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
  process.on('message', async ({ id, ask }: Question<WorkerQuestion>) => {
    if (ask !== 'metrics') return
    say({ id, answer: await registry.getMetricsAsJSON() })
  })
  say({ serving: started } satisfies Message)
  const sayState = () => say({ state: state() } satisfies Message)
  sayState()
  setInterval(sayState, STATE_MS).unref()
}
