/** The number of a decision: what tells its lines from all others. */
import { randomFillSync } from 'node:crypto'
import { RUN_BYTES, type TokenNumber } from '../../contract/token.ts'
import { RUN_SECONDS } from './token-memory.ts'

const SECOND_BYTES = 4

/** Makes the name of a run: the second in which it begins, then chance. */
export function createRun(now: Date): Buffer {
  const run = Buffer.alloc(RUN_BYTES)
  run.writeUInt32BE(Math.floor(now.getTime() / 1_000))
  return randomFillSync(run, SECOND_BYTES)
}

/** Makes a function that numbers decisions; from time to time it begins a new run. */
export function createNumbering(): (now: Date) => TokenNumber {
  let run: Buffer | undefined
  let began = 0
  let counter = 0
  return (now) => {
    const seconds = Math.floor(now.getTime() / 1_000)
    // A clock that was set back begins one, too: a token is never older than its run.
    if (run === undefined || seconds >= began + RUN_SECONDS || seconds < began) {
      run = createRun(now)
      began = seconds
      counter = 0
    }
    return { seconds, run, counter: ++counter }
  }
}
