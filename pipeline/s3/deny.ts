import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DENYLIST_FILE, type Denylist } from '../../contract/denylist.ts'
import { ArtifactError } from '../../contract/read.ts'
import { POOLS_FILE } from '../../contract/schema.ts'
import { PipelineError } from '../base/errors.ts'
import { parseS3Url, urlOf } from '../base/s3/location.ts'
import type { PublishedDenylist } from '../deny/deny.ts'
import { findUnknownIds, type UnknownIds } from '../deny/unknown-ids.ts'
import { pathOf, readPointer } from './published.ts'
import { type Store, withStore } from './store.ts'

/**
 * Publishes a denylist in a bucket, in one write.
 *
 * @throws {PipelineError} If the store refuses, or somebody else published a list meanwhile.
 */
export function publishToBucket(
  url: string,
  bytes: Buffer,
  list: Denylist,
): Promise<Omit<PublishedDenylist, 'list'>> {
  return withStore(parseS3Url(url, 'artifacts'), async (store) => {
    const place = urlOf(store.location, DENYLIST_FILE)
    const known = await store.readText(DENYLIST_FILE)
    const isWritten = await store.replace(DENYLIST_FILE, bytes.toString(), known?.etag ?? null)
    if (!isWritten) {
      throw new PipelineError(`another list was published meanwhile, look and try again: ${place}`)
    }
    return { place, unknown: await compare(store, list) }
  })
}

/** The list holds, whatever is wrong with the build. */
async function compare(store: Store, list: Denylist): Promise<UnknownIds | undefined> {
  const { manifest } = await readPointer(store)
  if (manifest === null) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'pools-'))
  try {
    const path = pathOf(manifest.build_id, POOLS_FILE)
    const isThere = await store.download(path, join(folder, POOLS_FILE))
    return isThere ? await findUnknownIds(folder, manifest, list) : undefined
  } catch (error) {
    if (error instanceof ArtifactError) return undefined
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
