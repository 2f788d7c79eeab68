/** S3 as a work location. */
import { createReadStream } from 'node:fs'
import type { S3Client } from '@aws-sdk/client-s3'
import { openS3Client, type Sdk } from '../../base/s3/client.ts'
import { keyOf, parseS3Url, urlOf } from '../../base/s3/location.ts'
import { withStoreErrors } from '../../base/s3/store-errors.ts'
import type { WorkLocation } from './work-location.ts'

/**
 * A location in a bucket. Files are uploaded as they are; large ones in parts.
 *
 * @param url - `s3://bucket/folder`
 * @throws {PipelineError} With exit code 2, if it is none.
 */
export function s3Location(url: string): WorkLocation {
  const location = parseS3Url(url, 'work-location')
  const { bucket } = location
  let opened: ReturnType<typeof openS3Client> | undefined
  const open = () => {
    opened ??= openS3Client(bucket)
    return opened
  }
  return {
    put: (source, path) =>
      withStoreErrors(urlOf(location, path), async () => {
        const { client } = await open()
        const { Upload } = await import('@aws-sdk/lib-storage')
        const Key = keyOf(location, path)
        const params = { Bucket: bucket, Key, Body: createReadStream(source) }
        await new Upload({ client, params }).done()
      }),
    remove: (path) =>
      withStoreErrors(urlOf(location, path), async () => {
        const { sdk, client } = await open()
        await removeAll(sdk, client, { bucket, prefix: `${keyOf(location, path)}/` })
      }),
  }
}

/** A page of the list is as many keys as one request removes, 1000. */
async function removeAll(
  sdk: Sdk,
  client: S3Client,
  { bucket: Bucket, prefix: Prefix }: { bucket: string; prefix: string },
): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix }))
    if (Contents.length === 0) return
    const Objects = Contents.map(({ Key }) => ({ Key }))
    const { Errors = [] } = await client.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    )
    const [first] = Errors
    if (first !== undefined) throw Object.assign(new Error(`${first.Key}`), { code: first.Code })
  }
}
