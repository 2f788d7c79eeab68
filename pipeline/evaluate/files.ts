/** Writes an evaluation beside the other files of a build. */
import { open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api'
import { declarePublished, EVALUATION_COLUMNS } from '../../contract/columns.ts'
import { digestFile } from '../../contract/digest.ts'
import {
  type Estimate,
  type EvaluatedPool,
  type Evaluation,
  type EvaluationDocument,
  formatEvaluation,
} from '../../contract/evaluation.ts'
import {
  EVALUATION_FILE,
  EVALUATION_PAGE_FILE,
  EVALUATION_SUMMARY_FILE,
  FORMAT_VERSION,
} from '../../contract/schema.ts'
import { quotedString } from '../base/database.ts'

/** Those up to here are of a banner, too; the rest is of a pool alone. */
const POOL_COLUMNS_FROM = Object.keys(EVALUATION_COLUMNS).indexOf('impressions')

/** What is written, and where. */
export interface EvaluationFiles {
  /** Of the build. */
  readonly folder: string
  readonly buildId: string
  /** Rounded. */
  readonly evaluation: Evaluation
  /** HTML, for people. */
  readonly page: string
}

/** Writes the files; `evaluation.json` comes last, and without it the others do not count. */
export async function writeEvaluation(
  connection: DuckDBConnection,
  { folder, buildId, evaluation, page }: EvaluationFiles,
): Promise<void> {
  const { pools, ...numbers } = evaluation
  await createTable(connection, pools)
  const partial = join(folder, `.${EVALUATION_FILE}.new`)
  await connection.run(
    `copy (select * from evaluation order by dataset, campaign_id, rank nulls first)
     to ${quotedString(partial)} (format parquet, compression zstd)`,
  )
  const digest = await digestFile(partial)
  await moveWhole(partial, join(folder, EVALUATION_FILE))
  await writeWhole(join(folder, EVALUATION_PAGE_FILE), page)
  const rows = pools.reduce((sum, { banners }) => sum + 1 + banners.length, 0)
  const document: EvaluationDocument = {
    format_version: FORMAT_VERSION,
    build_id: buildId,
    ...numbers,
    output: { file: EVALUATION_FILE, ...digest, rows },
  }
  await writeWhole(join(folder, EVALUATION_SUMMARY_FILE), formatEvaluation(document))
}

async function createTable(
  connection: DuckDBConnection,
  pools: readonly EvaluatedPool[],
): Promise<void> {
  await connection.run(`create table evaluation (${declarePublished(EVALUATION_COLUMNS)})`)
  const appender = await connection.createAppender('evaluation')
  for (const pool of pools) appendPool(appender, pool)
  appender.closeSync()
}

function appendPool(appender: DuckDBAppender, pool: EvaluatedPool): void {
  const { dataset, campaign_id, banners } = pool
  appendIds(appender, [dataset, campaign_id, null, null])
  appendDoubles(appender, [null])
  appender.appendBigInt(BigInt(pool.impressions))
  const estimates = [pool.honest, pool.chance, pool.lift].flatMap(listEnds)
  appendDoubles(appender, [pool.naive, ...estimates, pool.p_value, pool.p_adjusted])
  appender.appendVarchar(pool.verdict)
  appendDoubles(appender, [pool.agreement, pool.agreement_by_chance])
  appender.endRow()
  for (const { banner_id, rank, stability } of banners) {
    appendIds(appender, [dataset, campaign_id, banner_id, rank])
    appendDoubles(appender, [stability])
    for (const _ of Object.keys(EVALUATION_COLUMNS).slice(POOL_COLUMNS_FROM)) appender.appendNull()
    appender.endRow()
  }
}

function appendIds(
  appender: DuckDBAppender,
  [dataset, campaign, banner, rank]: readonly [number, number, number | null, number | null],
): void {
  appender.appendSmallInt(dataset)
  appender.appendBigInt(BigInt(campaign))
  if (banner === null) appender.appendNull()
  else appender.appendBigInt(BigInt(banner))
  if (rank === null) appender.appendNull()
  else appender.appendSmallInt(rank)
}

function appendDoubles(appender: DuckDBAppender, values: readonly (number | null)[]): void {
  for (const value of values) {
    if (value === null) appender.appendNull()
    else appender.appendDouble(value)
  }
}

function listEnds({ value, low, high }: Estimate): (number | null)[] {
  return [value, low, high]
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text)
  await moveWhole(`${path}.new`, path)
}

/** On disk before it has its name. */
async function moveWhole(from: string, to: string): Promise<void> {
  const handle = await open(from, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(from, to)
}
