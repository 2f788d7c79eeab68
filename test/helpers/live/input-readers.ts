/** A reader of an input folder, looked with as often as a test likes. */
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import { InputReader } from '../../../pipeline/live/input-reader.ts'
import { withFolder, writeFiles } from '../folders.ts'
import { describeState } from '../state/describe-state.ts'

export const NOW = new Date('2026-11-30T12:00:00Z')

/** A reader that has read all there was. */
export interface Tried {
  readonly folder: string
  readonly reader: InputReader
  /** Looks, the files listed anew. */
  readonly look: (now?: Date) => ReturnType<InputReader['look']>
}

/** A reader that has not read yet. @param folder - Holds `in`. */
export function createReader(folder: string, days: number | null): InputReader {
  const options = { renames: [], followLinks: false, keepEqualFiles: false, days }
  return new InputReader({
    ...options,
    input: join(folder, 'in'),
    out: join(folder, 'out'),
    note: () => undefined,
  })
}

/** Gives `fn` a reader that has read these files; nothing is touched yet. */
export function withReader(
  files: Record<string, string>,
  fn: (tried: Tried) => Promise<void>,
  days: number | null = null,
): Promise<void> {
  return withFolder(async (folder) => {
    await writeFiles(join(folder, 'in'), files)
    const reader = createReader(folder, days)
    let nowMs = 0
    const look = (now = NOW) => {
      nowMs += 10_000
      return reader.look(now, nowMs)
    }
    await look()
    reader.state.takeTouched()
    await fn({ folder: join(folder, 'in'), reader, look })
  })
}

/** Looks until all is counted anew, and gives what the looks told. */
export async function settle({ reader, look }: Tried, now = NOW) {
  const results: Awaited<ReturnType<Tried['look']>>[] = []
  for (let looks = 0; reader.isRecounting && looks < 10_000; looks += 1) {
    results.push(await look(now))
    await nextTurn()
  }
  expect(reader.isRecounting).toBe(false)
  return results
}

/** What a reader counts that has never read these files before. */
export async function countFresh(folder: string, days: number | null = null, now = NOW) {
  const reader = createReader(join(folder, '..'), days)
  await reader.look(now, 0)
  return describeState(reader.state)
}
