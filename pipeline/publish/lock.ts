import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DuckDBInstance } from '@duckdb/node-api'
import { loadDuckDb } from '../base/duckdb.ts'
import { PipelineError } from '../base/errors.ts'

/** Held by whoever builds into the folder: for a build, or for the life of a follower. */
const LOCK_FILE = '.lock'
/** Held for the moment in which `current`, the changes on top of it, or the hold change. */
const SWITCH_LOCK_FILE = '.switch.lock'

/** Milliseconds between two tries. */
const RETRY_MS = 10
const STANDBY_RETRY_MS = 250
/** A switch takes milliseconds; whoever has the lock for so long is stuck. */
const SWITCH_WAIT_MS = 30_000

/**
 * Keeps every other process from changing an artifacts folder meanwhile.
 *
 * A database file that never holds anything: DuckDB locks it by the operating system, so that the lock ends with the
 * process, however that ends, and who is refused learns the holder's process id.
 *
 * @throws {PipelineError} If another process has the lock, or the folder cannot be written.
 */
export async function withLock<T>(out: string, fn: () => Promise<T>): Promise<T> {
  const lock = await openLock(out, LOCK_FILE)
  if (typeof lock === 'number') {
    throw new PipelineError(`process ${lock} is building here, try again later: ${out}`)
  }
  try {
    return await fn()
  } finally {
    lock.closeSync()
  }
}

/**
 * As {@link withLock}, and waits as long as another process has the lock.
 *
 * @param onWait - Told once who has it.
 * @returns Null if `stop` was aborted before the lock was free.
 */
export async function withLockWhenFree<T>(
  out: string,
  { stop, onWait }: { readonly stop: AbortSignal; readonly onWait: (holder: number) => void },
  fn: () => Promise<T>,
): Promise<T | null> {
  let told: number | null = null
  while (!stop.aborted) {
    const lock = await openLock(out, LOCK_FILE)
    if (typeof lock !== 'number') {
      try {
        return await fn()
      } finally {
        lock.closeSync()
      }
    }
    if (told !== lock) onWait(lock)
    told = lock
    await sleep(STANDBY_RETRY_MS, undefined, { signal: stop }).catch(() => undefined)
  }
  return null
}

/**
 * Keeps every other process from changing what is current meanwhile; waits for its turn.
 *
 * @throws {PipelineError} If that takes too long, or the folder cannot be written.
 */
export async function withSwitchLock<T>(out: string, fn: () => Promise<T>): Promise<T> {
  const startMs = performance.now()
  for (;;) {
    const lock = await openLock(out, SWITCH_LOCK_FILE)
    if (typeof lock !== 'number') {
      try {
        return await fn()
      } finally {
        lock.closeSync()
      }
    }
    if (performance.now() - startMs > SWITCH_WAIT_MS) {
      throw new PipelineError(`process ${lock} keeps what is current, try again later: ${out}`)
    }
    await sleep(RETRY_MS)
  }
}

/** Gives the lock, or the process that has it. */
async function openLock(out: string, name: string): Promise<DuckDBInstance | number> {
  const path = join(out, name)
  try {
    return await openDatabase(path)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const holder = /\(PID (\d+)\)/.exec(message)?.[1]
    if (/lock/i.test(message) && holder !== undefined) return Number(holder)
    if (/permission denied|read-only/i.test(message)) {
      throw new PipelineError(`output folder cannot be written, see --out: ${out}`)
    }
    if (/no space|could not write/i.test(message)) {
      throw new PipelineError(`disk full, free some space: ${out}`)
    }
    const folder = await stat(out).catch(() => null)
    if (!folder?.isDirectory()) throw new PipelineError(`no such folder: ${out}`)
    // A process that was killed while it made the file: nothing is in it, so it may go.
    await rm(path, { force: true })
    return openDatabase(path).catch((second: unknown) => {
      if (!String(second).includes('IO Error')) throw second
      throw new PipelineError(`output folder cannot be written, see --out: ${out}`)
    })
  }
}

async function openDatabase(path: string): Promise<DuckDBInstance> {
  const { DuckDBInstance } = loadDuckDb()
  return DuckDBInstance.create(path, { threads: '1' })
}
