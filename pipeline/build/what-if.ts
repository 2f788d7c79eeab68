/** What would change if pools had other sizes, or were built of these logs: a build that is never written. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { selectPublished } from '../../contract/format-1.ts'
import { BANNER_STATS_FILE } from '../../contract/schema.ts'
import { compareStats, describeChanges, type StatsDiff } from '../ask/diff.ts'
import { literalPath, quotedString } from '../base/database.ts'
import { PipelineError, withFileErrors } from '../base/errors.ts'
import { createMeter } from '../base/meter.ts'
import { stageOf } from '../cache/store.ts'
import { audit } from '../checks/gate.ts'
import { classifyFiles } from '../input/classify.ts'
import { inspectSources } from '../input/intake.ts'
import { withScanner } from '../input/scan/scanner.ts'
import { findSources } from '../input/sources.ts'
import { type Build, readCurrent } from '../publish/builds.ts'
import type { PoolSizes } from '../rank/models.ts'
import { type BuildOptions, warnOfFiles } from './build.ts'
import { rankHere, type TableOptions, withTables } from './make-build.ts'

/** A build that is asked about. */
export interface WhatIfOptions extends BuildOptions {
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
 * @throws {PipelineError} If there is no current build, or an input or a check would stop such a build.
 */
export async function askWhatIf(options: WhatIfOptions): Promise<WhatIf> {
  const { sizes, progress } = options
  const out = resolve(options.out)
  const current = await readCurrent(out)
  if (current === null) {
    throw new PipelineError(`no build to compare with, build without --what-if first: ${out}`)
  }
  return withInspected(options, (tables) =>
    withTables(
      tables,
      (connection) => rankHere(connection, tables),
      async (connection, accounts) => {
        await audit(connection, { ...accounts, previous: current, progress })
        await createStats(connection, current)
        const old_build_id = current.manifest.build_id
        return { old_build_id, ...sizes, ...(await compareStats(connection)) }
      },
    ),
  )
}

/** Inspects the files with a stage of its own: that of the artifacts folder is for builds. */
async function withInspected<T>(
  options: WhatIfOptions,
  fn: (tables: TableOptions) => Promise<T>,
): Promise<T> {
  const { input, threads, renames, progress, now } = options
  const startMs = now().getTime()
  const { files: sources, warnings } = await findSources(resolve(input), {
    ...options,
    out: resolve(options.out),
  })
  for (const warning of warnings) progress.warn(warning)
  const bytes = sources.reduce((sum, file) => sum + file.bytes, 0)
  return withTemporaryFolder((workFolder) =>
    withScanner({ bytes, threads }, async (scanner) => {
      const intake = { scanner, workFolder, isForCluster: false }
      const unknown = sources.map(() => null)
      const meter = createMeter(bytes)
      const inspections = await progress.step(
        'inspect files',
        () => inspectSources(sources, unknown, { ...intake, renames, meter }),
        (all) => all.reduce((sum, { rows }) => sum + rows, 0),
        meter,
      )
      const files = classifyFiles(sources, inspections, options)
      warnOfFiles(files, progress)
      const stage = stageOf(workFolder, renames)
      return fn({ ...options, ...intake, stage, startMs, files, whole: new Map() })
    }),
  )
}

/** Words the answer, in lines. */
export function describeWhatIf(answer: WhatIf): string[] {
  const { old_build_id, top, fill } = answer
  const title = `build ${old_build_id} to what if, top ${top}, fill ${fill}`
  return describeChanges(title, answer, 'by size or others')
}

async function createStats(connection: DuckDBConnection, { folder }: Build): Promise<void> {
  const path = quotedString(literalPath(join(folder, BANNER_STATS_FILE)))
  await connection.run(
    `create view old_stats as ${selectPublished(BANNER_STATS_FILE, `read_parquet(${path})`)}`,
  )
  await connection.run('create view new_stats as select * from banner_stats')
}

async function withTemporaryFolder<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const remedy = `folder for temporary files cannot be written, see TMPDIR: ${tmpdir()}`
  const folder = await withFileErrors(remedy, () => mkdtemp(join(tmpdir(), 'pools-what-if-')))
  try {
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
