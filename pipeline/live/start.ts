/** A follower with all that it needs: the lock for its life, a ranker, a reader, and its operations. */

import { join, resolve } from 'node:path'
import { formatStateId } from '../../contract/changes.ts'
import { makeFolders } from '../../contract/folders.ts'
import { readGuarded } from '../../contract/guarded.ts'
import { BUILDS_FOLDER, STAGE_FOLDER } from '../../contract/schema.ts'
import { findDatabaseShare } from '../base/database.ts'
import { withFileErrors } from '../base/errors.ts'
import type { Rename } from '../input/renames.ts'
import { currentBuildId } from '../publish/current.ts'
import { assertArtifactsFolder } from '../publish/folder.ts'
import { withLockWhenFree } from '../publish/lock.ts'
import { follow } from './follow.ts'
import { makeFullBuild } from './full-build.ts'
import { Guard } from './guard.ts'
import { InputReader } from './input-reader.ts'
import { answerOps, type OpsExtra } from './ops.ts'
import { startOps } from './ops-listener.ts'
import { sweepLive } from './publisher.ts'
import { withRanker } from './ranked-change.ts'
import { resume } from './resume.ts'
import { type CopyStatus, createStatus, type FollowerStatus } from './status.ts'

/** What a follower is told. */
export interface FollowSettings {
  readonly input: string
  readonly out: string
  readonly seed: number
  readonly renames: readonly Rename[]
  readonly keepEqualFiles: boolean
  readonly followLinks: boolean
  /** Days of the window; null = all. */
  readonly days: number | null
  readonly threads: number
  readonly memoryLimit: string
  /** Seconds. */
  readonly buildEvery: number
  /** Milliseconds. */
  readonly changeEvery: number
  /** How many times its usual rate a campaign may have; undefined: none is guarded. */
  readonly guard?: number | undefined
  readonly ops: { readonly port: number | null; readonly host: string }
  /** The file of the thread that makes builds. */
  readonly buildThread: URL
}

/** What a follower has of the world. */
export interface FollowWorld {
  readonly stop: AbortSignal
  readonly now: () => Date
  readonly note: (line: string) => void
  readonly onBuild: (id: string) => void
  /** Copies what is published to a bucket; null: nobody does. */
  readonly copier?: CopyStatus | null
  /** What else this process does; null: nothing. */
  readonly extra?: OpsExtra | null
}

/** The ranker's share of the memory; the counts may take the rest. */
const RANKER_MEMORY = '1GB'

/**
 * Follows until it is stopped. While another follower has the artifacts folder, it waits to take over.
 *
 * @throws {PipelineError} If the folders, a file or the memory do not allow it.
 */
export async function startFollowing(
  settings: FollowSettings,
  world: FollowWorld,
): Promise<{ readonly isFrozen: boolean }> {
  const out = resolve(settings.out)
  const status = createStatus(world.copier ?? null)
  await assertArtifactsFolder(out)
  await withFileErrors(`output folder cannot be written, see --out: ${out}`, () =>
    makeFolders(join(out, BUILDS_FOLDER)),
  )
  const { port, host } = settings.ops
  const ops =
    port === null
      ? null
      : await startOps({ port, host }, (url) =>
          answerOps(url, status, world.now(), world.extra ?? null),
        )
  if (ops !== null) world.note(`operations on ${ops.url}`)
  try {
    const { stop } = world
    const onWait = (holder: number) =>
      world.note(`process ${holder} builds or follows here, waiting to take over`)
    const result = await withLockWhenFree(out, { stop, onWait }, () =>
      lead({ ...settings, out }, world, status),
    )
    return result ?? { isFrozen: false }
  } finally {
    await ops?.stop()
  }
}

async function lead(
  settings: FollowSettings,
  { stop, now, note, onBuild, copier }: FollowWorld,
  status: FollowerStatus,
): Promise<{ readonly isFrozen: boolean }> {
  const { out, seed, threads, memoryLimit, buildThread } = settings
  const input = resolve(settings.input)
  status.isStandby = false
  copier?.start()
  const current = await currentBuildId(out)
  await sweepLive(out, current === null ? [] : [current])
  note(`following ${settings.input}`)
  const reader = new InputReader({
    ...settings,
    input,
    note,
    countsFolder: join(out, STAGE_FOLDER, 'follow'),
    memoryLimitBytes: Number.parseInt(findDatabaseShare(memoryLimit), 10) * 1e6,
  })
  const resumed = await resume({ out, reader, now: now(), identity: settings, days: settings.days })
  if (resumed !== null) note(`goes on from ${formatStateId(resumed.buildId, resumed.n)}`)
  const guard = settings.guard === undefined ? null : await openGuard(out, settings.guard)
  if (guard !== null) status.guarded = guard.frozen.length
  return withRanker({ seed, threads, memoryLimit: RANKER_MEMORY }, (ranker) =>
    follow({
      out,
      resumed,
      ranker,
      now,
      reader,
      status,
      note,
      stop,
      buildEveryMs: settings.buildEvery * 1000,
      changeEveryMs: settings.changeEvery,
      guard,
      makeBuild: (lengths, window) =>
        makeFullBuild(buildThread, {
          ...{ input, out, seed, threads, memoryLimit, lengths, window },
          renames: settings.renames,
          keepEqualFiles: settings.keepEqualFiles,
          followLinks: settings.followLinks,
        }),
      onBuild: ({ id }) => onBuild(id),
    }),
  )
}

/** With the campaigns that the follower before left as they were. */
async function openGuard(out: string, factor: number): Promise<Guard> {
  return new Guard(factor, (await readGuarded(out)) ?? [])
}
