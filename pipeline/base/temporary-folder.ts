import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withFileErrors } from './errors.ts'

/**
 * Gives `fn` a folder in the system's folder for temporary files, and removes it afterwards.
 *
 * @throws {PipelineError} If it cannot be made.
 */
export async function withTemporaryFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const remedy = `folder for temporary files cannot be written, see TMPDIR: ${tmpdir()}`
  const folder = await withFileErrors(remedy, () => mkdtemp(join(tmpdir(), 'pools-')))
  try {
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
