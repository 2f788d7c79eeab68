/** What earlier builds know of the input files of this one. */
import type { Progress } from '../base/progress.ts'
import { fileStamp, type Inspection } from '../input/scan/inspect.ts'
import type { SourceFile } from '../input/sources.ts'
import { readStamps, type Stamp } from './stamps.ts'
import { isWhole, readEntry, rowsPathOf, type Stage, type StageEntry } from './store.ts'

/** An input file that has not changed since it was staged. */
export interface RecalledFile {
  readonly key: string
  readonly entry: StageEntry
  readonly inspection: Inspection
}

/**
 * Recognises files by their stamps, without reading them or their staged rows.
 *
 * @returns In the order of `sources`; null = not known.
 */
export async function recallFiles(
  stage: Stage,
  sources: readonly SourceFile[],
): Promise<(RecalledFile | null)[]> {
  const stamps = await readStamps(stage)
  return Promise.all(
    sources.map((source) => recallFile(stage, source, stamps.get(source.fullPath))),
  )
}

async function recallFile(
  stage: Stage,
  { fullPath, table }: SourceFile,
  known: Stamp | undefined,
): Promise<RecalledFile | null> {
  if (known === undefined) return null
  const stamp = await fileStamp(fullPath).catch(() => null)
  const { key, inspection } = known
  // With other renames, or by another version, its header was read otherwise.
  const isSame = stamp === inspection.stamp && key === stage.keyOf(table, inspection.linesSha256)
  if (!isSame) return null
  const entry = await readEntry(stage, key)
  if (entry === null || entry === 'altered') return null
  return { key, entry, inspection }
}

/** Leaves out the files whose staged rows are not as they were written; these are reported. */
export async function keepWhole(
  stage: Stage,
  recalled: readonly (RecalledFile | null)[],
  progress: Progress,
): Promise<(RecalledFile | null)[]> {
  const whole: (RecalledFile | null)[] = []
  for (const file of recalled) {
    const entry = file && (await readWholeEntry(stage, file.key, progress))
    whole.push(file && entry && { ...file, entry })
  }
  return whole
}

/**
 * Reads an entry and makes sure of its files.
 *
 * @returns Null if there is none to rely on; the reason is reported if it is not just missing.
 */
export async function readWholeEntry(
  stage: Stage,
  key: string,
  progress: Progress,
): Promise<StageEntry | null> {
  const entry = await readEntry(stage, key)
  if (entry === null) return null
  if (entry !== 'altered' && (await isWhole(stage, key, entry))) return entry
  progress.warn(`altered, so its input is read again: ${rowsPathOf(stage, key)}`)
  return null
}
