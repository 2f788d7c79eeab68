/** What is published now: the current build, and the changes of a follower on top of it. */

import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Applied } from '../../contract/applied.ts'
import { ChangeError, formatStateId } from '../../contract/changes.ts'
import { digestFile } from '../../contract/digest.ts'
import { selectPublished } from '../../contract/format-1.ts'
import { ArtifactError, readManifest, resolveBuildFolder, verifyFile } from '../../contract/read.ts'
import {
  continues,
  listChanges,
  type ReadChange,
  readChange,
  readEpoch,
  readHold,
} from '../../contract/read-changes.ts'
import { BANNER_STATS_FILE, MANIFEST_FILE, POOLS_FILE } from '../../contract/schema.ts'
import { literalPath, quotedString } from '../base/database.ts'
import type { Build } from '../publish/builds.ts'
import { withPublished } from '../publish/published.ts'

/** A build, and what is published on top of it. */
export interface PublishedState extends Build {
  /** `<build>` or `<build>+<n>`. */
  readonly stateId: string
  /** In order; none in a build that is not current. */
  readonly changes: readonly ReadChange[]
}

/** With another build, the changes on top of the one before it go. */
const TRIES = 3

/** Files of which a change has rows. */
type ChangedFile = typeof POOLS_FILE | typeof BANNER_STATS_FILE

/**
 * Reads what is published, as the servers do: changes in order, up to a hold.
 *
 * @param artifacts - An artifacts folder, or the folder of one build, which has no changes.
 * @param last - The last change to take; by default all that are there.
 * @throws {ArtifactError} If the build or a change cannot be used, or does not follow the one before it.
 */
export async function readState(artifacts: string, last?: number): Promise<PublishedState> {
  for (let tried = 1; ; tried++) {
    try {
      return await readOnce(artifacts, last)
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isGone) throw error
      if (tried < TRIES) continue
      throw new ArtifactError(`a change is gone, try again: ${artifacts}`, { cause: error })
    }
  }
}

async function readOnce(artifacts: string, last?: number): Promise<PublishedState> {
  const folder = await resolveBuildFolder(artifacts)
  const manifest = await readManifest(folder)
  const { build_id: buildId } = manifest
  try {
    const changes = await readChanges({ artifacts, folder, buildId, last })
    const n = changes.at(-1)?.change.n ?? 0
    return { folder, manifest, changes, stateId: formatStateId(buildId, n) }
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error
    throw new ArtifactError(`a change of build ${buildId} ${error.message}: ${artifacts}`)
  }
}

/** Gives `fn` a connection as `withPublished` does, in which `pools` and `banner_stats` are those of the state. */
export function withState<T>(
  state: PublishedState,
  fn: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withPublished(state, async (connection) => {
    const select = await createSelect(connection, state, 'state')
    for (const [name, file] of [
      ['pools', POOLS_FILE],
      ['banner_stats', BANNER_STATS_FILE],
    ] as const) {
      await connection.run(`create or replace view ${name} as ${select(file)}`)
    }
    return fn(connection)
  })
}

/**
 * Prepares the tables that a select of the state's rows needs.
 *
 * @param prefix - Of the names of these tables.
 * @returns Writes the select of a file.
 * @throws {ArtifactError} If a file of a change is not what the change says.
 */
export async function createSelect(
  connection: DuckDBConnection,
  { folder, changes }: PublishedState,
  prefix: string,
): Promise<(file: ChangedFile) => string> {
  const latest = findLatest(changes)
  const used = changes.filter(({ change }) => latest.has(change.n))
  for (const { change, folder: place } of used) {
    for (const { file } of change.outputs) await verifyFile(place, change, file)
  }
  await createTables(connection, latest, prefix)
  return (file) => {
    const built = selectPublished(file, `read_parquet(${quote(join(folder, file))})`)
    if (used.length === 0) return built
    const paths = used.map(({ folder: place }) => quote(join(place, file)))
    return `select * from (${built}) as built
      anti join ${prefix}_touched using (dataset, campaign_id)
      union all
      select changed.* exclude (filename)
      from read_parquet([${paths.join()}], filename = true) as changed
      join ${prefix}_touched as touched
        on touched.dataset = changed.dataset
        and touched.campaign_id = changed.campaign_id
        and changed.filename like concat('%/', touched.n, '/${file}')`
  }
}

async function readChanges({
  artifacts,
  folder,
  buildId,
  last = Number.POSITIVE_INFINITY,
}: {
  artifacts: string
  folder: string
  buildId: string
  last: number | undefined
}): Promise<ReadChange[]> {
  const epoch = await readEpoch(artifacts, buildId)
  if (epoch === null) return []
  const hold = await readHold(artifacts)
  const limit = hold?.build_id === buildId ? Math.min(last, hold.n) : last
  const { sha256 } = await digestFile(join(folder, MANIFEST_FILE))
  let applied: Applied = { epoch: epoch.epoch, n: 0, sha256 }
  const changes: ReadChange[] = []
  for (const n of await listChanges(artifacts, buildId)) {
    if (n > limit) break
    const read = await readChange(artifacts, buildId, n)
    if (!continues(read, applied)) {
      throw new ChangeError(`does not follow the one before it, ${formatStateId(buildId, n)}`)
    }
    changes.push(read)
    applied = { epoch: epoch.epoch, n, sha256: read.sha256 }
  }
  return changes
}

/** For each change that is the last one of some campaigns: these, as dataset and campaign. */
function findLatest(changes: readonly ReadChange[]): Map<number, [number, number][]> {
  const byCampaign = new Map<string, number>()
  for (const { change } of changes) {
    for (const { dataset, campaign_ids } of change.touched) {
      for (const id of campaign_ids) byCampaign.set(`${dataset} ${id}`, change.n)
    }
  }
  const latest = new Map<number, [number, number][]>()
  for (const [key, n] of byCampaign) {
    const [dataset = 0, campaignId = 0] = key.split(' ').map(Number)
    const found = latest.get(n)
    if (found === undefined) latest.set(n, [[dataset, campaignId]])
    else found.push([dataset, campaignId])
  }
  return latest
}

async function createTables(
  connection: DuckDBConnection,
  latest: ReadonlyMap<number, readonly (readonly [number, number])[]>,
  prefix: string,
): Promise<void> {
  await connection.run(
    `create table ${prefix}_touched (dataset smallint, campaign_id bigint, n integer)`,
  )
  const appender = await connection.createAppender(`${prefix}_touched`)
  for (const [n, campaigns] of latest) {
    for (const [dataset, campaignId] of campaigns) {
      appender.appendSmallInt(dataset)
      appender.appendBigInt(BigInt(campaignId))
      appender.appendInteger(n)
      appender.endRow()
    }
  }
  appender.closeSync()
}

function quote(path: string): string {
  return quotedString(literalPath(path))
}
