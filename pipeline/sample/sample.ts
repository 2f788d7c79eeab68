/** Sample logs of any size: ordinary banners for the volume, a few special ones (sql/sample/plan.csv) for each rule. */

import { access, constants, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { makeFolders } from '../../contract/folders.ts'
import { DATASETS, type Dataset, TABLES, type Table } from '../../contract/schema.ts'
import { withDatabase } from '../base/database.ts'
import { PipelineError, withFileErrors } from '../base/errors.ts'
import { type Progress, SILENT } from '../base/progress.ts'
import { copyTable, startDataset, startSample } from './sample-tables.ts'

/** 15 thousand million impressions a dataset; beyond that nobody has the disk, and a typing error is likelier. */
const MAX_SCALE = 100_000

/** With a greater one the best banners of a campaign would convert on almost every click. */
const MAX_EFFECT = 3

/** Rows pass through one chain of operators: scale 100 takes 11 s with one thread and 16 s with two. */
const DEFAULT_THREADS = 1

/** Nothing is collected: the process peaks at 125 to 165 MB, at scale 1, 100 and 1000 alike. */
const DEFAULT_MEMORY_LIMIT = '1GB'

/** What to make, and with how much of the machine. */
export interface SampleOptions {
  /** Folder that gets `<dataset>/<table>_<dataset>.csv`; made if missing. Files of these names are replaced. */
  readonly out: string
  /** Rows as a multiple of the real data's; above 0, at most 100,000. Rows for the rules are always there. */
  readonly scale: number
  /** Whole number. One seed gives the same bytes each time, whatever the threads. */
  readonly seed: number
  /** How much banners differ in conversions per click: standard deviation of its logarithm, 0 (default) to 3. */
  readonly effect?: number
  readonly threads?: number
  /** As DuckDB reads it: `512MB`, `4GB`. */
  readonly memoryLimit?: string
  /** Told of each file when it is written, before it has its final name. */
  readonly progress?: Progress
}

/** A file of the sample. */
interface SampleFile {
  readonly dataset: Dataset
  readonly table: Table
  /** Below the out folder, with `/`. */
  readonly path: string
  /** Without the header. */
  readonly rows: number
  readonly bytes: number
}

/** What was made, by dataset, then table. */
export interface SampleSummary {
  readonly files: readonly SampleFile[]
}

/**
 * Writes clean sample logs that reach every rule in every dataset, at any scale.
 *
 * Rows are streamed, so memory does not grow with `scale`. The files get their names when all are complete.
 *
 * @throws {PipelineError} If scale, seed or effect is out of range (exit code 2) or the folder cannot be written.
 */
export async function makeSample(options: SampleOptions): Promise<SampleSummary> {
  checkOptions(options)
  const { out } = options
  return withFileErrors(`sample folder cannot be written, choose another: ${out}`, async () => {
    await makeDatasetFolders(out)
    try {
      const files = await writeFiles(options)
      for (const { path } of files) await rename(partialPath(out, path), join(out, path))
      return { files }
    } finally {
      await removePartials(out)
    }
  })
}

function checkOptions({ scale, seed, effect = 0 }: SampleOptions): void {
  if (!(scale > 0 && scale <= MAX_SCALE)) {
    throw new PipelineError(`scale must be above 0 and at most ${MAX_SCALE}: ${scale}`, {
      exitCode: 2,
    })
  }
  if (!Number.isSafeInteger(seed)) {
    throw new PipelineError(`seed must be a whole number: ${seed}`, { exitCode: 2 })
  }
  if (!(effect >= 0 && effect <= MAX_EFFECT)) {
    throw new PipelineError(`effect must be from 0 to ${MAX_EFFECT}: ${effect}`, { exitCode: 2 })
  }
}

async function makeDatasetFolders(out: string): Promise<void> {
  for (const dataset of DATASETS) {
    const folder = join(out, `${dataset}`)
    await makeFolders(folder)
    await access(folder, constants.W_OK)
  }
}

async function writeFiles({
  out,
  scale,
  seed,
  effect = 0,
  threads = DEFAULT_THREADS,
  memoryLimit = DEFAULT_MEMORY_LIMIT,
  progress = SILENT,
}: SampleOptions): Promise<SampleFile[]> {
  return withDatabase(':memory:', { threads, memoryLimit }, async (connection) => {
    const files: SampleFile[] = []
    await startSample(connection, { seed, effect })
    for (const dataset of DATASETS) {
      const counts = await startDataset(connection, dataset, scale)
      for (const table of TABLES) {
        const write = () => writeFile(connection, out, { dataset, table, rows: counts[table] })
        files.push(await progress.step(buildPath(dataset, table), write, (file) => file.rows))
      }
    }
    return files
  })
}

async function writeFile(
  connection: DuckDBConnection,
  out: string,
  { dataset, table, rows }: Pick<SampleFile, 'dataset' | 'table' | 'rows'>,
): Promise<SampleFile> {
  const path = buildPath(dataset, table)
  const partial = partialPath(out, path)
  await copyTable(connection, table, partial)
  return { dataset, table, path, rows, bytes: (await stat(partial)).size }
}

async function removePartials(out: string): Promise<void> {
  for (const dataset of DATASETS) {
    for (const table of TABLES) {
      await rm(partialPath(out, buildPath(dataset, table)), { force: true })
    }
  }
}

function buildPath(dataset: Dataset, table: Table): string {
  return `${dataset}/${table}_${dataset}.csv`
}

/** A name that is no input, so a run that was killed leaves nothing that a build would read. */
function partialPath(out: string, path: string): string {
  return join(out, `${path}.partial`)
}
