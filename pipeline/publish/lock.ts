import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { PipelineError } from '../base/errors.ts'

const LOCK_FILE = '.lock'

/**
 * Keeps every other process from changing an artifacts folder meanwhile.
 *
 * A database file that never holds anything: DuckDB locks it by the operating system, so that the lock ends with the
 * process, however that ends, and who is refused learns the holder's process id.
 *
 * @throws {PipelineError} If another process has the lock, or the folder cannot be written.
 */
export async function withLock<T>(out: string, fn: () => Promise<T>): Promise<T> {
  const lock = await openLock(out)
  try {
    return await fn()
  } finally {
    lock.closeSync()
  }
}

async function openLock(out: string): Promise<DuckDBInstance> {
  const path = join(out, LOCK_FILE)
  try {
    return await openDatabase(path)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const holder = /\(PID (\d+)\)/.exec(message)?.[1]
    if (/lock/i.test(message) && holder !== undefined) {
      throw new PipelineError(`process ${holder} is building here, try again later: ${out}`)
    }
    if (/permission denied|read-only/i.test(message)) {
      throw new PipelineError(`output folder cannot be written, see --out: ${out}`)
    }
    if (/no space|could not write/i.test(message)) {
      throw new PipelineError(`disk full, free some space: ${out}`)
    }
    // A process that was killed while it made the file: nothing is in it, so it may go.
    await rm(path, { force: true })
    return openDatabase(path)
  }
}

function openDatabase(path: string): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, { threads: '1' })
}
