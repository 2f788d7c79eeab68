/**
 * A build between buckets: the same build, with a folder on this machine on either side of it.
 *
 *     s3://logs ──► <cache>/…/in ──► buildPools ──► <cache>/…/out ──► s3://pools
 *                   mirror.ts                       publish.ts
 */

import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { makeFolders } from '../../contract/folders.ts'
import { isS3Url } from '../../contract/s3-address.ts'
import { withFileErrors } from '../base/errors.ts'
import { parseS3Url, urlOf } from '../base/s3/location.ts'
import { buildPools } from '../build/build.ts'
import type { BuildOptions } from '../build/options.ts'
import type { BuildSummary } from '../build/summary.ts'
import { withLock } from '../publish/lock.ts'
import { defaultCache } from './cache.ts'
import { mirrorLogs } from './mirror.ts'
import { fetchCurrent, publishToStore } from './publish.ts'
import { type Store, withStore } from './store.ts'

/** A build whose input or output, or both, are in a bucket. */
export interface S3BuildOptions extends BuildOptions {
  /** Folder on this machine, for what is downloaded and what was built; undefined: one in the user's home. */
  readonly cache: string | undefined
}

/**
 * Builds as {@link buildPools} does, from or into a bucket.
 *
 * @throws {PipelineError} As it does; if a store refuses; or if another job published to the same place meanwhile.
 */
export function buildBetweenStores(options: S3BuildOptions): Promise<BuildSummary> {
  const { input, out } = options
  return withCache(options, async (folder) => {
    const local = { input: join(folder, 'in'), out: join(folder, 'out') }
    const run = (from: BuildOptions) =>
      isS3Url(out)
        ? withStore(parseS3Url(out, 'out'), (store) =>
            buildInto(store, { ...from, out: local.out }),
          )
        : buildPools(from)
    if (!isS3Url(input)) return run(options)
    // Open to the end: a line of a file that was scanned elsewhere may be wanted.
    return withStore(parseS3Url(input, 'input'), async (store) => {
      await mirrorLogs(store, local.input, options)
      return run({ ...options, input: local.input })
    })
  })
}

async function buildInto(store: Store, options: BuildOptions): Promise<BuildSummary> {
  const { out, progress } = options
  const pointer = await progress.step('fetch the current build', () =>
    fetchCurrent(store, out, progress),
  )
  const summary = await buildPools(options)
  const isPublished =
    pointer.manifest?.build_id === summary.build_id && summary.status === 'current'
  if (!isPublished) await publishToStore(store, { ...options, pointer })
  return { ...summary, folder: urlOf(store.location, 'builds', summary.build_id) }
}

/** One folder for each pair of places, and one job at a time in it. */
async function withCache<T>(
  { input, out, cache = defaultCache(process.env) }: S3BuildOptions,
  fn: (folder: string) => Promise<T>,
): Promise<T> {
  const name = createHash('sha256').update(`${input}\n${out}`).digest('hex').slice(0, 16)
  const folder = join(resolve(cache), name)
  await withFileErrors(`cache cannot be written, see --cache: ${folder}`, () => makeFolders(folder))
  return withLock(folder, () => fn(folder))
}
