/** From files as text to staged rows: what no earlier build staged is staged now. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TABLES } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import type { InspectedFile } from '../input/classify.ts'
import {
  assertRejectShare,
  type PrepareOptions,
  prepareFile,
  type ReadyFile,
} from '../input/intake.ts'
import { assertDiskSpace } from '../input/limits.ts'
import type { LoadedFile } from './loaded.ts'
import { readWholeEntry } from './recall.ts'
import { writeRows } from './rows.ts'
import { rejectsPathOf, rowsPathOf, type Stage, type StageEntry, saveEntry } from './store.ts'

/** A file whose accepted rows and rejects are in the stage. */
export interface StagedFile extends InspectedFile, Pick<StageEntry, 'counts'> {
  readonly key: string
  /** Parquet; null if no row was accepted. */
  readonly rowsPath: string | null
  /** JSON lines; null if no line was rejected. */
  readonly rejectsPath: string | null
}

/** What staging needs. */
export interface StageOptions extends PrepareOptions {
  readonly stage: Stage
  /** Stages all files anew. */
  readonly force: boolean
  /** Entries whose files are known to be whole, by key. */
  readonly whole: ReadonlyMap<string, StageEntry>
  readonly progress: Progress
}

/**
 * Stages the files; each is kept from then on, whatever becomes of the build.
 *
 * @returns In the order of `files`.
 * @throws {PipelineError} If a file cannot be trusted, has too many rejects, or changed since it was inspected.
 */
export async function stageFiles(
  connection: DuckDBConnection,
  files: readonly InspectedFile[],
  options: StageOptions,
): Promise<StagedFile[]> {
  const { stage, progress, maxRejectShare } = options
  const entries = await findEntries(files, options)
  for (const file of files) {
    const entry = entries.get(keyOf(stage, file))
    if (entry !== undefined && file.status !== 'duplicate') {
      assertRejectShare({ ...file, counts: entry.counts }, entry.counts.rejected, maxRejectShare)
    }
  }
  const fresh = await progress.step(
    'normalise files',
    () => prepareFiles(files, entries, options),
    (ready) => ready.filter(isNormalised).reduce((sum, { inspection }) => sum + inspection.rows, 0),
  )
  for (const file of fresh) assertRejectShare(file, file.counts.rejected, maxRejectShare)
  // The order of staged rows means nothing, and keeping it costs a tenth of the time.
  await connection.run('set preserve_insertion_order = false')
  for (const table of TABLES) {
    await progress.step(
      `stage ${table}`,
      () =>
        stageTable(
          connection,
          fresh.filter(({ source }) => source.table === table),
          entries,
          options,
        ),
      (rows) => rows,
    )
  }
  await connection.run('set preserve_insertion_order = true')
  return files.map((file) => stagedFile(stage, file, entries))
}

/** A staged file as the views need it; nothing if it has no rows. */
export function loadedFileOf({ source, index, rowsPath }: StagedFile): LoadedFile[] {
  const { dataset, table } = source
  return rowsPath === null ? [] : [{ dataset, table, index, rowsPath }]
}

/** Finds what earlier builds staged, by key. */
async function findEntries(
  files: readonly InspectedFile[],
  { stage, whole, force, progress }: StageOptions,
): Promise<Map<string, StageEntry>> {
  const entries = new Map(whole)
  if (force) return entries
  for (const key of new Set(files.map((file) => keyOf(stage, file)))) {
    const entry = entries.get(key) ?? (await readWholeEntry(stage, key, progress))
    if (entry !== null) entries.set(key, entry)
  }
  return entries
}

/** Prepares the files that are not staged yet, one for each key. */
async function prepareFiles(
  files: readonly InspectedFile[],
  entries: ReadonlyMap<string, StageEntry>,
  options: StageOptions,
): Promise<ReadyFile[]> {
  const fresh = new Map<string, InspectedFile>()
  for (const file of files) {
    const key = keyOf(options.stage, file)
    if (!entries.has(key) && !fresh.has(key)) fresh.set(key, file)
  }
  await assertDiskSpace([...fresh.values()], options.workFolder)
  return Promise.all([...fresh.values()].map((file) => prepareFile(file, options)))
}

/** Stages files of one table; returns how many rows that were. */
async function stageTable(
  connection: DuckDBConnection,
  files: readonly ReadyFile[],
  entries: Map<string, StageEntry>,
  options: StageOptions,
): Promise<number> {
  let rows = 0
  for (const file of files) {
    const entry = await stageFile(connection, file, options)
    entries.set(keyOf(options.stage, file), entry)
    rows += file.counts.accepted
  }
  return rows
}

async function stageFile(
  connection: DuckDBConnection,
  file: ReadyFile,
  { stage, workFolder }: StageOptions,
): Promise<StageEntry> {
  const { text, counts, rejectsPath } = file
  const rowsPath = text === null ? null : join(workFolder, `${file.index}.parquet`)
  if (text !== null && rowsPath !== null) await writeRows(connection, { ...file, text }, rowsPath)
  return saveEntry(stage, keyOf(stage, file), { counts, rowsPath, rejectsPath })
}

function stagedFile(
  stage: Stage,
  file: InspectedFile,
  entries: ReadonlyMap<string, StageEntry>,
): StagedFile {
  const key = keyOf(stage, file)
  const entry = entries.get(key)
  if (entry === undefined) throw new Error(`not staged: ${file.source.path}`)
  if (file.status === 'duplicate') {
    return { ...file, key, counts: NOTHING, rowsPath: null, rejectsPath: null }
  }
  return {
    ...file,
    key,
    counts: entry.counts,
    rowsPath: entry.rows && rowsPathOf(stage, key),
    rejectsPath: entry.rejects && rejectsPathOf(stage, key),
  }
}

/** What a duplicate file adds. */
const NOTHING: StageEntry['counts'] = { accepted: 0, rejected: 0, rounded: 0, example: null }

function keyOf(stage: Stage, { source, inspection }: InspectedFile): string {
  return stage.keyOf(source.table, inspection.linesSha256)
}

function isNormalised({ text, inspection }: ReadyFile): boolean {
  return text !== null && !text.isInput && !inspection.isClean
}
