/** Several changes as one, or a build with its changes as one: of each campaign, the rows of the last change that touched it. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { CHANGE_OUTPUTS, type Change } from '../../contract/changes.ts'
import { digestFile } from '../../contract/digest.ts'
import { openVerified } from '../../contract/read.ts'
import type { Dataset } from '../../contract/schema.ts'
import {
  countRows,
  type DatabaseOptions,
  literalPath,
  quotedString,
  withDatabase,
} from '../base/database.ts'
import { readSql } from '../base/sql.ts'

/** A change, and where its files are. */
export interface ChangeFolder {
  readonly change: Change
  readonly folder: string
}

/** What is joined, and where to. */
export interface JoinOptions extends DatabaseOptions {
  /** Folder of the build below the changes, whose files were verified; null: the changes alone. */
  readonly build: string | null
  readonly changes: readonly ChangeFolder[]
  /** What is there already is removed. */
  readonly target: string
}

/**
 * Writes the joined files by the same writer as a build's.
 *
 * @throws {ArtifactError} If a file of a change is missing or altered.
 */
export async function joinChanges(options: JoinOptions): Promise<Change['outputs']> {
  const { build, changes, target } = options
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  for (const { change, folder } of changes) {
    for (const output of change.outputs) await (await openVerified(folder, output)).close()
  }
  const parts = [
    ...(build === null ? [] : [{ n: 0, folder: build }]),
    ...changes.map(({ change: { n }, folder }) => ({ n, folder })),
  ]
  return withDatabase(':memory:', options, async (connection) => {
    await createLastChanges(connection, changes)
    const outputs: Change['outputs'] = []
    for (const file of CHANGE_OUTPUTS) {
      outputs.push(await joinFile(connection, file, { parts, target }))
    }
    return outputs
  })
}

/** Lists the campaigns that changes touched, each once, in the order of datasets and ids. */
export function joinTouched(changes: readonly ChangeFolder[]): Change['touched'] {
  const ids = new Map<Dataset, number[]>()
  for (const { dataset, campaign } of findLastChanges(changes)) {
    const known = ids.get(dataset) ?? []
    known.push(campaign)
    ids.set(dataset, known)
  }
  return [...ids]
    .sort(([a], [b]) => a - b)
    .map(([dataset, campaigns]) => ({ dataset, campaign_ids: campaigns.sort((a, b) => a - b) }))
}

interface LastChange {
  readonly dataset: Dataset
  readonly campaign: number
  readonly n: number
}

function findLastChanges(changes: readonly ChangeFolder[]): LastChange[] {
  const last = new Map<string, LastChange>()
  for (const { change } of changes) {
    for (const { dataset, campaign_ids } of change.touched) {
      for (const campaign of campaign_ids) {
        last.set(`${dataset} ${campaign}`, { dataset, campaign, n: change.n })
      }
    }
  }
  return [...last.values()]
}

async function createLastChanges(
  connection: DuckDBConnection,
  changes: readonly ChangeFolder[],
): Promise<void> {
  await connection.run('create table last_change (dataset smallint, campaign_id bigint, n bigint)')
  const appender = await connection.createAppender('last_change')
  for (const { dataset, campaign, n } of findLastChanges(changes)) {
    appender.appendSmallInt(dataset)
    appender.appendBigInt(BigInt(campaign))
    appender.appendBigInt(BigInt(n))
    appender.endRow()
  }
  appender.closeSync()
}

async function joinFile(
  connection: DuckDBConnection,
  file: (typeof CHANGE_OUTPUTS)[number],
  {
    parts,
    target,
  }: { parts: readonly { readonly n: number; readonly folder: string }[]; target: string },
): Promise<Change['outputs'][number]> {
  const name = file.replace('.parquet', '')
  const selects = parts.map(({ n, folder }) => {
    const path = quotedString(literalPath(join(folder, file)))
    return `select ${n} as n, * from read_parquet(${path})`
  })
  await connection.run(`create table all_${name} as ${selects.join(' union all ')}`)
  await connection.run(`create table ${name} as
    select * exclude (n) from all_${name} as rows
    where rows.n = coalesce((select last_change.n from last_change
      where last_change.dataset = rows.dataset
        and last_change.campaign_id = rows.campaign_id), 0)`)
  const path = join(target, file)
  const select = await readSql('publish', name)
  await connection.run(
    `copy (${select}\n) to ${quotedString(path)} (format parquet, compression zstd)`,
  )
  return { file, ...(await digestFile(path)), rows: await countRows(connection, name) }
}
