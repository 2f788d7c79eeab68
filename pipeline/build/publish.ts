import { TABLES } from '../../contract/schema.ts'
import type { Progress } from '../base/progress.ts'
import { type Cache, removeUnneeded } from '../cache/entries.ts'
import { listBuilds, removeOldBuilds } from '../publish/builds.ts'
import { removeFailed } from '../publish/failed.ts'
import { publishBuild } from '../publish/publish.ts'
import type { PublishOptions } from './options.ts'

/** Where a build is published, and the cache of its files. */
interface PublishTarget extends PublishOptions {
  readonly cache: Cache
  readonly progress: Progress
}

/**
 * Makes a build current that was written, and removes what no kept build needs.
 *
 * @returns The folder where it is now.
 */
export async function publishAndTidy(
  buildId: string,
  { out, keep, cache, record, progress }: PublishTarget,
): Promise<string> {
  const folder = await publishBuild(out, buildId)
  await removeFailed(out)
  await record?.({ out, buildId }, progress)
  for (const old of await removeOldBuilds(out, keep)) progress.note(`removed build ${old}`)
  const inputs = (await listBuilds(out)).flatMap((manifest) => manifest.inputs)
  const keys = inputs.flatMap(({ table, lines_sha256 }) => {
    // Lists are read anew each time.
    const log = TABLES.find((one) => one === table)
    return log === undefined ? [] : [cache.keyOf(log, lines_sha256)]
  })
  await removeUnneeded(cache, new Set(keys))
  return folder
}
