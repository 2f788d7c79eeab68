/** The server's artifacts folder where `--artifacts` names a bucket: a copy that follows it. */

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import { ArtifactError, resolveBuildFolder } from '../../contract/read.ts'
import { parseS3Address } from '../../contract/s3-address.ts'
import type { EventLog } from '../base/log-events.ts'
import { SettingsError } from '../settings.ts'
import { createMirror } from './mirror.ts'
import { openBucket } from './objects.ts'

/** A copy of a bucket that is followed. */
export interface FollowedBucket {
  /** An artifacts folder. */
  readonly folder: string
  readonly stop: () => Promise<void>
}

/** Where the copy of a bucket lies. */
export interface BucketSettings {
  /** `s3://bucket/prefix` */
  readonly artifacts: string
  /** Undefined: a temporary folder. */
  readonly artifactsCache: string | undefined
}

/** Milliseconds between two looks. */
const LOOK_MS = 1_000
const TEMPORARY_PREFIX = 'banner-pools-bucket-'

/**
 * Copies what a bucket publishes, then follows it. While the bucket cannot be read, what was copied before stays, also
 * over a start, if the copy has a folder of its own.
 *
 * @throws {ArtifactError} If nothing can be copied, and nothing was before.
 * @throws {SettingsError} If the address is none of a bucket.
 */
export async function followBucket(
  { artifacts, artifactsCache }: BucketSettings,
  log: EventLog,
): Promise<FollowedBucket> {
  const address = parseS3Address(artifacts)
  if (address === undefined) {
    throw new SettingsError(`--artifacts must be a folder or s3://bucket/prefix: ${artifacts}`)
  }
  const folder = await openFolder(artifactsCache)
  const remove = async () => {
    if (artifactsCache === undefined) await rm(folder, { recursive: true, force: true })
  }
  let told: string | undefined
  const fail = (error: Error) => {
    const { message } = error
    if (told !== message) {
      const fields = { event: 'bucket', result: 'error', reason: message } as const
      log.error(fields, `the bucket is not followed: ${message}`)
    }
    told = message
  }
  try {
    const bucket = await openBucket(address)
    const mirror = createMirror(bucket, folder)
    const bring = async () => {
      await mirror.bring()
      if (told !== undefined) {
        log.info({ event: 'bucket', result: 'ok' }, 'the bucket is followed again')
      }
      told = undefined
    }
    await bring().catch(async (error) => {
      const isThere = await resolveBuildFolder(folder).then(
        () => true,
        () => false,
      )
      if (!isThere) throw new ArtifactError(error.message, { fault: 'missing', cause: error })
      fail(error)
    })
    const stop = repeat(() => bring().catch(fail), LOOK_MS)
    return {
      folder,
      stop: async () => {
        await stop()
        bucket.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function openFolder(artifactsCache: string | undefined): Promise<string> {
  if (artifactsCache === undefined) {
    await removeLeftovers()
    return mkdtemp(join(tmpdir(), `${TEMPORARY_PREFIX}${process.pid}-`))
  }
  const folder = resolve(artifactsCache)
  await makeFolders(folder)
  return folder
}

/** Of servers that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${TEMPORARY_PREFIX}(\\d+)-`).exec(name) ?? []
    if (pid === undefined || isRunning(Number(pid))) continue
    // It may be another user's.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Runs again and again, never twice at once. Gives what ends it: it waits for the run under way. */
function repeat(run: () => Promise<void>, everyMs: number): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= run().finally(() => {
      running = undefined
    })
  }, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
