/** Scanned files in a bucket: what is in `data/` is uploaded first, the record that names it last. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestBytes, digestFile } from '../../contract/digest.ts'
import { parseS3Url, urlOf } from '../base/s3/location.ts'
import { withTemporaryFolder } from '../base/temporary-folder.ts'
import { type Store, withStore } from '../s3/store.ts'
import type { ScannedStore } from './store.ts'

/**
 * Gives `fn` the scanned files below a prefix of a bucket.
 *
 * @param url - `s3://bucket/prefix`
 * @param flag - That it was given with, for errors.
 */
export function withScannedBucket<T>(
  url: string,
  flag: string,
  fn: (store: ScannedStore) => Promise<T>,
): Promise<T> {
  return withStore(parseS3Url(url, flag), (store) => fn(createScannedStore(store)))
}

function createScannedStore(store: Store): ScannedStore {
  return {
    place: urlOf(store.location),
    readRecord: async (name) => (await store.readText(`files/${name}.json`))?.text ?? null,
    writeRecord: (name, text) =>
      withTemporaryFolder(async (folder) => {
        const path = join(folder, 'record')
        await writeFile(path, text)
        await store.upload(`files/${name}.json`, path, digestBytes(Buffer.from(text)).sha256)
      }),
    has: ({ sha256 }, kind) => store.has(`data/${sha256}.${kind}`, sha256),
    put: (path, { sha256 }, kind) => store.upload(`data/${sha256}.${kind}`, path, sha256),
    async get({ sha256 }, kind, to) {
      const isThere = await store.download(`data/${sha256}.${kind}`, to)
      return isThere && (await digestFile(to)).sha256 === sha256
    },
    withWorkFolder: withTemporaryFolder,
  }
}
