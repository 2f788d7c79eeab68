/** What changed between two builds: per pool, which banners entered, left or moved, and which number moved them. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { verifyFile } from '../../contract/read.ts'
import { BANNER_STATS_FILE, BUILDS_FOLDER, type Dataset } from '../../contract/schema.ts'
import { readCount, readRows, withDatabase } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { readSql } from '../base/sql.ts'
import type { Build } from '../publish/builds.ts'
import { createSelect, type PublishedState, readState } from './state.ts'

/** A figure before and after; null where the banner was no candidate. */
type BeforeAfter<T> = readonly [T | null, T | null]

/** A banner with another place in a pool. */
interface PoolChange {
  readonly dataset: Dataset
  readonly campaign_id: number
  readonly banner_id: number
  readonly change: 'entered' | 'left' | 'moved'
  /** Null = out. */
  readonly rank: BeforeAfter<number>
  /** Plain decimals. */
  readonly revenue: BeforeAfter<string>
  readonly clicks: BeforeAfter<number>
  readonly conversions: BeforeAfter<number>
  /** Which of its own figures differ; none: those of other banners moved it. */
  readonly moved_by: readonly ('revenue' | 'clicks' | 'conversions')[]
}

/** The document of `pools diff --json`. */
export interface BuildDiff extends StatsDiff {
  readonly old_build_id: string
  readonly new_build_id: string
}

/** A difference, whatever it is between. */
export interface StatsDiff {
  /** Pools in either build. */
  readonly pools: number
  readonly changed_pools: number
  readonly entered: number
  readonly left: number
  readonly moved: number
  /** By dataset, campaign, banner. */
  readonly changes: readonly PoolChange[]
}

/**
 * The builds to compare: ids, artifacts folders, build folders, or files in them. An artifacts folder means what is published
 * now, changes on top of the build included; `<build>+<n>` is an earlier state of it.
 */
export interface DiffOptions {
  readonly oldBuild: string
  readonly newBuild: string
  /** Where ids are looked up. */
  readonly artifacts: string
}

const READER = { threads: 2, memoryLimit: '2GB' }

/**
 * Compares the pools of two builds.
 *
 * @param inspect - Asked for more of both builds, the older one first, which is added to the answer.
 * @throws {PipelineError} If there is no such build.
 * @throws {ArtifactError} If a file is missing or differs from its manifest.
 */
export async function diffBuilds<T extends object>(
  { oldBuild, newBuild, artifacts }: DiffOptions,
  inspect: (builds: readonly [Build, Build], changes: StatsDiff['changes']) => Promise<T>,
): Promise<BuildDiff & T> {
  const older = await findBuild(oldBuild, artifacts)
  const newer = await findBuild(newBuild, artifacts)
  const difference = await withDatabase(':memory:', READER, async (connection) => {
    await createStats(connection, 'old', older)
    await createStats(connection, 'new', newer)
    return compareStats(connection)
  })
  return {
    old_build_id: older.stateId,
    new_build_id: newer.stateId,
    ...difference,
    ...(await inspect([older, newer], difference.changes)),
  }
}

/**
 * Compares two sets of statistics.
 *
 * @param connection - Has `old_stats` and `new_stats`.
 */
export async function compareStats(connection: DuckDBConnection): Promise<StatsDiff> {
  const changes = await readChanges(connection)
  const count = (change: PoolChange['change']) =>
    changes.filter((one) => one.change === change).length
  return {
    pools: await countPools(connection),
    changed_pools: new Set(changes.map((one) => `${one.dataset} ${one.campaign_id}`)).size,
    entered: count('entered'),
    left: count('left'),
    moved: count('moved'),
    changes,
  }
}

/** Words the difference of two builds, in lines. */
export function describeDiff(diff: BuildDiff, words: ChangeWords = {}): string[] {
  return describeChanges(`build ${diff.old_build_id} to ${diff.new_build_id}`, diff, words)
}

/** What is said of a difference beside the places of banners. */
export interface ChangeWords {
  /** What moved a banner whose own figures are the same; by default other banners. */
  readonly otherwise?: string
  /** Lines about all pools. */
  readonly totals?: readonly string[]
  /** A line before the changes of a pool; null = none. */
  readonly describePool?: (dataset: Dataset, campaign: number) => string | null
}

/** Words a difference, in lines, between what `title` names. */
export function describeChanges(title: string, diff: StatsDiff, words: ChangeWords = {}): string[] {
  const { pools, changed_pools, entered, left, moved, changes } = diff
  const { otherwise = 'by others', totals = [], describePool = () => null } = words
  const lines = changes.flatMap((change, index) => {
    const { dataset, campaign_id } = change
    const before = changes[index - 1]
    const isFirst = before?.dataset !== dataset || before.campaign_id !== campaign_id
    const pool = isFirst ? describePool(dataset, campaign_id) : null
    return [...(pool === null ? [] : [pool]), describeChange(change, otherwise)]
  })
  return [
    `${title}: ${changed_pools} of ${pools} pools changed`,
    `banners   ${entered} entered, ${left} left, ${moved} moved`,
    ...totals,
    ...lines,
  ]
}

function describeChange(change: PoolChange, otherwise: string): string {
  const { dataset, campaign_id, banner_id, rank } = change
  const place = `dataset ${dataset}  campaign ${campaign_id}  banner ${banner_id}`
  const from = `${rank[0] ?? 'out'} to ${rank[1] ?? 'out'}`
  return `${change.change.padEnd(8)}  ${place}  ${from}  ${movedByWords(change, otherwise)}`
}

function movedByWords(change: PoolChange, otherwise: string): string {
  if (change.moved_by.length === 0) return otherwise
  const figures = change.moved_by.map((figure) => {
    const [before, after] = change[figure]
    return `${figure} ${before ?? 'none'} to ${after ?? 'none'}`
  })
  return figures.join(', ')
}

/** A state of the current build, as its id is written. */
const STATE_ID = /^([0-9a-f]{8,64})\+(\d{1,10})$/

async function findBuild(name: string, artifacts: string): Promise<PublishedState> {
  const state = await findState(name, artifacts)
  await verifyFile(state.folder, state.manifest, BANNER_STATS_FILE)
  return state
}

async function findState(name: string, artifacts: string): Promise<PublishedState> {
  const [, buildId, number] = STATE_ID.exec(name) ?? []
  if (buildId !== undefined && !existsSync(name)) {
    const state = await readState(artifacts, Number(number))
    if (state.stateId === name) return state
    throw new PipelineError(`no such state, ${state.stateId} is published: ${name}`)
  }
  const byId = join(artifacts, BUILDS_FOLDER, name)
  const path = existsSync(name) ? name : byId
  if (!existsSync(path)) {
    throw new PipelineError(`no such build, neither a path nor an id in ${artifacts}: ${name}`)
  }
  return readState((await stat(path)).isFile() ? dirname(path) : path)
}

async function createStats(
  connection: DuckDBConnection,
  prefix: 'old' | 'new',
  state: PublishedState,
): Promise<void> {
  const select = await createSelect(connection, state, prefix)
  await connection.run(`create view ${prefix}_stats as ${select(BANNER_STATS_FILE)}`)
}

interface ChangeRow {
  dataset: Dataset
  campaign_id: number
  banner_id: number
  old_rank: number | null
  new_rank: number | null
  old_revenue: string | null
  new_revenue: string | null
  old_clicks: number | null
  new_clicks: number | null
  old_conversions: number | null
  new_conversions: number | null
}

async function readChanges(connection: DuckDBConnection): Promise<PoolChange[]> {
  // As text, because a decimal becomes a floating number in JavaScript.
  const rows = await readRows<ChangeRow>(
    connection,
    `select * replace (
       cast(old_revenue as varchar) as old_revenue,
       cast(new_revenue as varchar) as new_revenue
     )
     from (${await readSql('report', 'pool_changes')}\n)
     order by dataset, campaign_id, banner_id`,
  )
  return rows.map((row) => {
    const figures = {
      revenue: [row.old_revenue, row.new_revenue] as const,
      clicks: [row.old_clicks, row.new_clicks] as const,
      conversions: [row.old_conversions, row.new_conversions] as const,
    }
    const names = ['revenue', 'clicks', 'conversions'] as const
    return {
      dataset: row.dataset,
      campaign_id: row.campaign_id,
      banner_id: row.banner_id,
      change: classifyChange(row),
      rank: [row.old_rank, row.new_rank],
      ...figures,
      moved_by: names.filter((name) => figures[name][0] !== figures[name][1]),
    }
  })
}

function classifyChange({ old_rank, new_rank }: ChangeRow): PoolChange['change'] {
  if (old_rank === null) return 'entered'
  return new_rank === null ? 'left' : 'moved'
}

function countPools(connection: DuckDBConnection): Promise<number> {
  return readCount(
    connection,
    `select count(*) from (
       select dataset, campaign_id from old_stats where pool_rank is not null
       union
       select dataset, campaign_id from new_stats where pool_rank is not null)`,
  )
}
