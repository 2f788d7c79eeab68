/** What the first process and its workers say to each other. */
import type { Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServingState } from '../ops/app.ts'
import type { Serving } from './serving.ts'

/** What the first process asks, and the answers. */
export interface Asked {
  readonly state: ServingState
  /** As `AggregatorRegistry` of prom-client takes them. */
  readonly metrics: object
}

/** From a worker: once that it serves, then its answers. */
export type Message =
  | { readonly serving: string }
  | { readonly id: number; readonly answer: Asked[keyof Asked] }

interface Question {
  readonly id: number
  readonly ask: keyof Asked
}

/** Milliseconds; a worker that is silent for so long is not counted. */
const ANSWER_TIMEOUT_MS = 1_000

let lastId = 0

/** Asks a worker; undefined if it does not answer, because it is starting, busy, or gone. */
export async function ask<Q extends keyof Asked>(
  worker: Worker,
  question: Q,
): Promise<Asked[Q] | undefined> {
  const id = ++lastId
  const timeout = new AbortController()
  let listener: ((message: Message) => void) | undefined
  const answered = new Promise<Asked[Q]>((resolve) => {
    listener = (message) => {
      if ('id' in message && message.id === id) resolve(message.answer as Asked[Q])
    }
    worker.on('message', listener)
  })
  try {
    worker.send({ id, ask: question } satisfies Question, () => {})
    const options = { signal: timeout.signal }
    return await Promise.race([answered, sleep(ANSWER_TIMEOUT_MS, undefined, options)])
  } finally {
    timeout.abort()
    if (listener !== undefined) worker.off('message', listener)
  }
}

/** Tells the first process that this one serves, and answers its questions. */
export function answerFirstProcess({ description, state, registry }: Serving): void {
  process.on('message', async ({ id, ask: question }: Question) => {
    const answer = question === 'state' ? state() : await registry.getMetricsAsJSON()
    process.send?.({ id, answer } satisfies Message)
  })
  process.send?.({ serving: description } satisfies Message)
}
