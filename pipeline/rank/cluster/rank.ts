/** A build's way from files to ranked rows, on a cluster. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { readRows } from '../../base/database.ts'
import { PipelineError } from '../../base/errors.ts'
import type { Progress } from '../../base/progress.ts'
import { readSql } from '../../base/sql.ts'
import type { ReadyFile } from '../../input/intake.ts'
import { fileStamp } from '../../input/scan/inspect.ts'
import type { Cluster, Statement } from './cluster.ts'
import { fetchTable } from './fetch.ts'
import type { Plan } from './plan.ts'
import type { WorkLocation } from './work-location.ts'

/** What a build on a cluster needs. */
export interface RankOptions {
  readonly cluster: Cluster
  readonly location: WorkLocation
  readonly plan: Plan
  readonly files: readonly ReadyFile[]
  /** Leaves the work schema and its files, for a look at them. */
  readonly keepWork: boolean
  readonly progress: Progress
}

/**
 * Ranks on a cluster, and brings into the database what the rest of a build reads there: `banner_stats`, `pools`,
 * `rules`, `unfit_rows` and `duplicate_rows`.
 *
 * @returns The measures, as measures.ts has them.
 * @throws {PipelineError} If the cluster fails, or did not see the rows that the scanner saw. The work schema is dropped.
 */
export async function rankOnCluster(
  connection: DuckDBConnection,
  options: RankOptions,
): Promise<Record<string, number>> {
  const { cluster, plan, progress } = options
  await createSchema(options)
  return withCleanUp(options, async () => {
    await load(connection, options)
    for (const model of plan.models) await runStep(options, model)
    for (const fetch of plan.fetches) {
      await progress.step(
        `fetch ${fetch.name}`,
        () => fetchTable(connection, cluster, fetch),
        (rows) => rows,
      )
    }
    await connection.run(`create table rules as (${await readSql('staging', 'rules')}\n)`)
    return readFetchedMeasures(connection)
  })
}

/** The schema's name is the build's, so two builds of the same would write into one: the second is refused. */
async function createSchema({ cluster, plan, progress }: RankOptions): Promise<void> {
  const { catalog, schema } = plan.place
  try {
    await progress.step(plan.createSchema.name, () => cluster.run(plan.createSchema))
  } catch (error) {
    if (!(error instanceof PipelineError) || !/already exists/i.test(error.message)) throw error
    throw new PipelineError(
      `work schema ${catalog}.${schema} is there already: another build uses it, or it was left behind; drop it with: ${plan.dropSchema.sql}`,
    )
  }
}

/** What is left behind is named, since nobody else will tidy it up. */
async function withCleanUp<T>(options: RankOptions, fn: () => Promise<T>): Promise<T> {
  const { place } = options.plan
  const where = `${place.catalog}.${place.schema} in ${place.location}`
  if (options.keepWork) {
    return fn().finally(() => options.progress.note(`work schema kept: ${where}`))
  }
  try {
    return await fn()
  } finally {
    await cleanUp(options).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      options.progress.warn(`work schema left behind, drop ${where}: ${message}`)
    })
  }
}

async function cleanUp({ cluster, location, plan, progress }: RankOptions): Promise<void> {
  await progress.step(plan.dropSchema.name, async () => {
    await cluster.tidy(plan.dropSchema)
    await location.remove(plan.place.schema)
  })
}

async function load(connection: DuckDBConnection, options: RankOptions): Promise<void> {
  const { cluster, plan, files, progress } = options
  await progress.step(
    'place files',
    () => placeFiles(options),
    () => plan.raws.reduce((sum, raw) => sum + raw.files.length, 0),
  )
  for (const statement of plan.load) await runStep(options, statement)
  await progress.step(
    plan.account.name,
    () => fetchTable(connection, cluster, plan.account),
    (rows) => rows,
  )
  await assertWholeFiles(connection, files)
}

function runStep({ cluster, progress }: RankOptions, statement: Statement): Promise<void> {
  return progress.step(statement.name, () => cluster.run(statement))
}

async function placeFiles({ location, plan }: RankOptions): Promise<void> {
  for (const raw of plan.raws) {
    for (const { file, name } of raw.files) {
      const { path, isInput } = file.rows
      await location.put(path, `${plan.place.schema}/raw/${raw.name}/${name}`)
      if (isInput) await assertUnchanged(file)
    }
  }
}

interface LoadedRows {
  readonly file: number
  readonly row_count: number
  readonly unfit_count: number
}

/**
 * Makes sure that each file arrived whole: its rows were counted here, by another program. An engine that skips a line, or
 * reads one twice, ends the build here.
 */
async function assertWholeFiles(
  connection: DuckDBConnection,
  files: readonly ReadyFile[],
): Promise<void> {
  const loaded = await readRows<LoadedRows>(connection, 'from loaded_rows')
  const rowsOf = new Map(loaded.map((row) => [row.file, row]))
  for (const file of files) {
    const { row_count = 0, unfit_count = 0 } = rowsOf.get(file.index) ?? {}
    const { accepted } = file.counts
    if (row_count === accepted && unfit_count === 0) continue
    throw new PipelineError(
      `${file.source.fullPath}: the cluster read ${row_count} rows, ${unfit_count} of them invalid, instead of ${accepted}`,
    )
  }
}

async function assertUnchanged({ source, inspection }: ReadyFile): Promise<void> {
  const { fullPath } = source
  if ((await fileStamp(fullPath).catch(() => null)) === inspection.stamp) return
  throw new PipelineError(`${fullPath}: changed while it was read, build again when it is complete`)
}

async function readFetchedMeasures(connection: DuckDBConnection): Promise<Record<string, number>> {
  const rows = await readRows<{ name: string; amount: number }>(
    connection,
    'from fetched_measures order by name',
  )
  return Object.fromEntries(rows.map(({ name, amount }) => [name, amount]))
}
