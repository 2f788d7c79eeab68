/** Somebody who asks every 100 ms, on a connection of their own each time, and how long they wait at most. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a visitor met. */
export interface Waits {
  /** Milliseconds until the last byte; of a request that failed, until it did. */
  readonly longestMs: number
  readonly asked: number
  readonly failed: number
}

const EVERY_MS = 100

/** Milliseconds; nobody waits longer. */
const PATIENCE_MS = 60_000

/** Asks a path until the time is over, and waits for every answer. */
export async function visit(port: number, path: string, seconds: number): Promise<Waits> {
  const endMs = performance.now() + seconds * 1_000
  const asked: Promise<{ ms: number; isGood: boolean }>[] = []
  while (performance.now() < endMs) {
    asked.push(ask(port, path))
    await sleep(EVERY_MS)
  }
  const answers = await Promise.all(asked)
  return {
    longestMs: Math.max(...answers.map(({ ms }) => ms)),
    asked: answers.length,
    failed: answers.filter(({ isGood }) => !isGood).length,
  }
}

function ask(port: number, path: string): Promise<{ ms: number; isGood: boolean }> {
  const startMs = performance.now()
  return new Promise((resolve) => {
    const end = (isGood: boolean) => resolve({ ms: performance.now() - startMs, isGood })
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.on('error', () => end(false))
      response.on('end', () => end(response.statusCode === 200))
      response.resume()
    })
    sent.setTimeout(PATIENCE_MS, () => sent.destroy())
    sent.on('error', () => end(false))
    sent.end()
  })
}
