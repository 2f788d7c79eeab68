/** Ranking of the campaigns that were touched, and the checks that can be asked of one campaign. */
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { CHANGE_OUTPUTS, type Change } from '../../contract/changes.ts'
import { digestFile } from '../../contract/digest.ts'
import { DATASETS, type ManifestCheck } from '../../contract/schema.ts'
import { countRows, quotedString, withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { readSql } from '../base/sql.ts'
import { describeFailure, findCampaignChecks, runCheck } from '../checks/run.ts'
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

/** Gives `fn` a ranker with a database of its own, which works beside the caller. */
export function withRanker<T>(
  { seed, threads, memoryLimit }: { seed: number; threads: number; memoryLimit: string },
  fn: (ranker: ChangeRanker) => Promise<T>,
): Promise<T> {
  return withDatabase(':memory:', { threads, memoryLimit }, async (connection) => {
    const ranker = await createPairRanker(connection, seed)
    const values = DATASETS.map((dataset) => `(${dataset})`).join(', ')
    await connection.run(
      `create table datasets as select cast(column0 as smallint) as dataset from (values ${values}) as t(column0)`,
    )
    const checks = await findCampaignChecks()
    const selects = await Promise.all(
      CHANGE_OUTPUTS.map(async (file) => {
        const name = file.replace('.parquet', '')
        return { file, name, select: await readSql('publish', name) }
      }),
    )
    return fn({
      async write(counts, folder) {
        await ranker.rank(counts)
        const results: ManifestCheck[] = []
        for (const check of checks) {
          const result = await runCheck(connection, check)
          if (!result.passed) throw new CheckError(`check failed: ${describeFailure(result)}`)
          const { name, severity, failing_rows, passed } = result
          results.push({ name, severity, failing_rows, passed })
        }
        const outputs: Change['outputs'] = []
        for (const { file, name, select } of selects) {
          outputs.push(await writeRows(connection, { file, name, select }, folder))
        }
        return { outputs, checks: results }
      },
    })
  })
}

async function writeRows(
  connection: DuckDBConnection,
  { file, name, select }: { file: (typeof CHANGE_OUTPUTS)[number]; name: string; select: string },
  folder: string,
): Promise<Change['outputs'][number]> {
  const path = join(folder, file)
  const options = 'format parquet, compression zstd'
  await connection.run(`copy (${select}\n) to ${quotedString(path)} (${options})`)
  return { file, ...(await digestFile(path)), rows: await countRows(connection, name) }
}
