/** The input files of a shard in a bucket: each is downloaded when it is scanned, and removed afterwards. */
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PipelineError } from '../base/errors.ts'
import { urlOf } from '../base/s3/location.ts'
import { readPath } from '../input/names.ts'
import type { SourceFile } from '../input/sources.ts'
import { isInWindow } from '../input/window.ts'
import { sortObjects } from '../s3/mirrored-names.ts'
import type { ListedObject, Store } from '../s3/store.ts'
import type { FoundFile } from './find.ts'
import type { InputOptions } from './folder-input.ts'
import { identifyByEtag } from './record.ts'
import { belongsTo } from './shard.ts'

/**
 * Finds the files of a shard.
 *
 * @throws {PipelineError} If the bucket cannot be listed, or holds no logs.
 */
export async function findInBucket(
  store: Store,
  { window, shard }: Pick<InputOptions, 'window' | 'shard'>,
): Promise<FoundFile[]> {
  const logs = sortObjects(await store.list('')).read.flatMap((object) => {
    const meaning = readPath(object.path)
    if (meaning?.kind !== 'log') return []
    return [{ object, dataset: meaning.dataset, table: meaning.table }]
  })
  if (logs.length === 0) {
    throw new PipelineError(`no logs found, see --input: ${urlOf(store.location)}`)
  }
  return logs
    .filter(({ object: { path } }) => isInWindow(path, window) && belongsTo(path, shard))
    .map(({ object, dataset, table }) => {
      const { path, bytes } = object
      return describe(store, object, { dataset, table, path, bytes, fullPath: path })
    })
}

function describe(store: Store, { path, etag }: ListedObject, source: SourceFile): FoundFile {
  return {
    source,
    identity: identifyByEtag(etag),
    async withFile(folder, fn) {
      const fullPath = join(folder, 'in', path)
      await mkdir(dirname(fullPath), { recursive: true })
      if (!(await store.download(path, fullPath, { etag }))) {
        throw new PipelineError(`vanished while it was read: ${urlOf(store.location, path)}`)
      }
      try {
        return await fn({ ...source, fullPath })
      } finally {
        await rm(fullPath, { force: true })
      }
    },
  }
}
