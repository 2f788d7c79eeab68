/** Ranking of the campaigns that were touched, and the checks that can be asked of one campaign. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { CHANGE_OUTPUTS, type Change } from '../../contract/changes.ts'
import { digestFile } from '../../contract/digest.ts'
import { DATASETS, type ManifestCheck } from '../../contract/schema.ts'
import { quotedString, withConnections } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { readSql } from '../base/sql.ts'
import { type Check, describeFailure, findCampaignChecks, runCheck } from '../checks/run.ts'
import type { PairCounts } from '../state/pair-counts.ts'
import { createPairRanker } from '../state/pair-ranker.ts'

/** A check of severity error found a row: what was ranked is not to be published. */
export class CheckError extends PipelineError {}

/** Ranks campaigns again and again. */
export interface ChangeRanker {
  /**
   * Ranks and checks campaigns, and writes their rows into a folder.
   *
   * @param counts - All candidates of each campaign.
   * @throws {CheckError} If a check does not allow it.
   */
  write(counts: PairCounts, folder: string): Promise<Pick<Change, 'outputs' | 'checks'>>
}

/** So many candidates are ranked by one thread: several would wait for each other most of the time. */
const ONE_THREAD_ROWS = 122_880 // a row group of DuckDB, which one thread scans

/** Gives `fn` a ranker with a database of its own, which works beside the caller. */
export function withRanker<T>(
  { seed, threads, memoryLimit }: { seed: number; threads: number; memoryLimit: string },
  fn: (ranker: ChangeRanker) => Promise<T>,
): Promise<T> {
  return withConnections(':memory:', { threads, memoryLimit }, async ({ main, second }) => {
    const ranker = await createPairRanker(main, seed)
    const values = DATASETS.map((dataset) => `(${dataset})`).join(', ')
    await main.run(
      `create table datasets as select cast(column0 as smallint) as dataset from (values ${values}) as t(column0)`,
    )
    const checks = await findCampaignChecks()
    const selects = await readSelects()
    const useThreads = createThreadChoice(main, threads)
    return fn({
      async write(counts, folder) {
        await useThreads(counts.size <= ONE_THREAD_ROWS ? 1 : threads)
        await ranker.rank(counts)
        const writing = writeAll(main, selects, folder)
        const written = writing.catch(() => undefined)
        // What a check refuses is written all the same, and not published; the next change begins behind both.
        const results = await runAll(second, checks).finally(() => written)
        return { outputs: await writing, checks: results }
      },
    })
  })
}

/** Sets how many threads the database works with, if they are others than before. */
function createThreadChoice(connection: DuckDBConnection, threads: number) {
  let used = threads
  return async (wanted: number) => {
    if (wanted === used) return
    await connection.run(`set threads = ${wanted}`)
    used = wanted
  }
}

interface Output {
  readonly file: (typeof CHANGE_OUTPUTS)[number]
  readonly select: string
}

function readSelects(): Promise<Output[]> {
  return Promise.all(
    CHANGE_OUTPUTS.map(async (file) => {
      const name = file.replace('.parquet', '')
      return { file, select: await readSql('publish', name) }
    }),
  )
}

/** @throws {CheckError} If one does not allow it. */
async function runAll(
  connection: DuckDBConnection,
  checks: readonly Check[],
): Promise<ManifestCheck[]> {
  const results: ManifestCheck[] = []
  for (const check of checks) {
    const result = await runCheck(connection, check)
    if (!result.passed) throw new CheckError(`check failed: ${describeFailure(result)}`)
    const { name, severity, failing_rows, passed } = result
    results.push({ name, severity, failing_rows, passed })
  }
  return results
}

async function writeAll(
  connection: DuckDBConnection,
  outputs: readonly Output[],
  folder: string,
): Promise<Change['outputs']> {
  const written: Change['outputs'] = []
  for (const output of outputs) written.push(await writeRows(connection, output, folder))
  return written
}

async function writeRows(
  connection: DuckDBConnection,
  { file, select }: Output,
  folder: string,
): Promise<Change['outputs'][number]> {
  const path = join(folder, file)
  const options = 'format parquet, compression zstd'
  const { rowsChanged } = await connection.run(
    `copy (${select}\n) to ${quotedString(path)} (${options})`,
  )
  return { file, ...(await digestFile(path)), rows: rowsChanged }
}
