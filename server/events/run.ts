/** The number of a decision: what tells its lines from all others. */
import { createHash, randomFillSync } from 'node:crypto'
import { RUN_BYTES, type TokenNumber } from '../../contract/token.ts'
import { RUN_SECONDS } from './token-memory.ts'

const SECOND_BYTES = 4
const MARK_BYTES = 2

/** Makes the name of a run: the second in which it begins, the mark of the machine that collects, then chance. */
export function createRun(now: Date, mark?: string): Buffer {
  const run = Buffer.alloc(RUN_BYTES)
  run.writeUInt32BE(Math.floor(now.getTime() / 1_000))
  randomFillSync(run, SECOND_BYTES)
  if (mark !== undefined) run.write(mark, SECOND_BYTES, 'hex')
  return run
}

/** Marks the runs whose events one machine collects, by the URL that leads there. */
export function createMark(collectUrl: string | undefined): string | undefined {
  if (collectUrl === undefined) return undefined
  return createHash('sha256')
    .update(collectUrl)
    .digest('hex')
    .slice(0, 2 * MARK_BYTES)
}

/** Whether another machine collects the events of a run. Without a mark of its own a machine takes all. */
export function isElsewhere(run: string, mark: string | undefined): boolean {
  return mark !== undefined && !run.startsWith(mark, 2 * SECOND_BYTES)
}

/** Makes a function that numbers decisions; from time to time it begins a new run. */
export function createNumbering(mark?: string): (now: Date) => TokenNumber {
  let run: Buffer | undefined
  let began = 0
  let counter = 0
  return (now) => {
    const seconds = Math.floor(now.getTime() / 1_000)
    // A clock that was set back begins one, too: a token is never older than its run.
    if (run === undefined || seconds >= began + RUN_SECONDS || seconds < began) {
      run = createRun(now, mark)
      began = seconds
      counter = 0
    }
    return { seconds, run, counter: ++counter }
  }
}
