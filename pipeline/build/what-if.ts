import { join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectPublished } from '../../contract/format-1.ts'
import { BANNER_STATS_FILE } from '../../contract/schema.ts'
import { type ChangeWords, compareStats, describeChanges, type StatsDiff } from '../ask/diff.ts'
import { literalPath, quotedString } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { runGate } from '../checks/gate.ts'
import { type Build, readCurrent } from '../publish/builds.ts'
import type { PoolSizes } from '../rank/ranker.ts'
import type { TableOptions } from './options.ts'
import { withTables, withTemporaryLogs } from './tables.ts'

/** A build that is asked about. */
export interface WhatIfOptions extends TableOptions {
  /** Artifacts folder. */
  readonly out: string
  readonly sizes: PoolSizes
}

/** The document of `pools build --what-if --json`: as that of `pools diff`, without a new build. */
export interface WhatIf extends StatsDiff {
  readonly old_build_id: string
  readonly top: number
  readonly fill: number
}

/**
 * Builds with other sizes, runs all checks, and compares the result with the current build. Works in the system's
 * folder for temporary files; the artifacts folder is only read.
 *
 * @param inspect - Asked for more of the tables of that build, which is added to the answer.
 * @throws {PipelineError} If there is no current build, or an input or a check would stop such a build.
 */
export async function askWhatIf<T extends object>(
  options: WhatIfOptions,
  inspect: (connection: DuckDBConnection) => Promise<T>,
): Promise<WhatIf & T> {
  const { sizes, progress } = options
  const out = resolve(options.out)
  const current = await readCurrent(out)
  if (current === null) {
    throw new PipelineError(`no build to compare with, build without --what-if first: ${out}`)
  }
  return withTemporaryLogs(options, (temporary) =>
    withTables(temporary.logs, { ...temporary.options, sizes }, async (connection, reconciled) => {
      await runGate(connection, { ...reconciled, previous: current, progress })
      await createStats(connection, current)
      const old_build_id = current.manifest.build_id
      const changes = await compareStats(connection)
      return { old_build_id, ...sizes, ...changes, ...(await inspect(connection)) }
    }),
  )
}

/** Words the answer, in lines. */
export function describeWhatIf(answer: WhatIf, words: ChangeWords = {}): string[] {
  const { old_build_id, top, fill } = answer
  const title = `build ${old_build_id} to what if, top ${top}, fill ${fill}`
  return describeChanges(title, answer, { otherwise: 'by size or others', ...words })
}

async function createStats(connection: DuckDBConnection, { folder }: Build): Promise<void> {
  const path = quotedString(literalPath(join(folder, BANNER_STATS_FILE)))
  await connection.run(
    `create view old_stats as ${selectPublished(BANNER_STATS_FILE, `read_parquet(${path})`)}`,
  )
  await connection.run('create view new_stats as select * from banner_stats')
}
