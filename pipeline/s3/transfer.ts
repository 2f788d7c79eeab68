/** S3 as a work location. Region, login and endpoint are found as by all of Amazon's tools. */
import { createReadStream } from 'node:fs'
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { awsFailure } from '../rank/cluster/aws-failure.ts'
import type { WorkLocation } from '../rank/cluster/work-location.ts'

/**
 * A location in a bucket. Files are uploaded as they are; large ones in parts.
 *
 * @param url - `s3://bucket/folder`
 */
export function s3Location(url: string): WorkLocation {
  const client = new S3Client({})
  const [, bucket = '', folder = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? []
  const keyOf = (path: string) => (folder === '' ? path : `${folder}/${path}`)
  return {
    async put(source, path) {
      const params = { Bucket: bucket, Key: keyOf(path), Body: createReadStream(source) }
      await new Upload({ client, params })
        .done()
        .catch((error: unknown) => awsFailure(`S3 refuses ${params.Key}`, '--work-location', error))
    },
    async remove(path) {
      await removeAll(client, bucket, `${keyOf(path)}/`).catch((error: unknown) =>
        awsFailure(`S3 does not remove ${keyOf(path)}`, '--work-location', error),
      )
    },
  }
}

/** A page of the list is as many keys as one request removes, 1000. */
async function removeAll(client: S3Client, bucket: string, prefix: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
    )
    if (Contents.length === 0) return
    const Objects = Contents.map(({ Key }) => ({ Key }))
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    )
    const [first] = Errors
    if (first !== undefined) throw new Error(`${first.Code}: ${first.Key}`)
  }
}
