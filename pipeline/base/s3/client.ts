/** The one client of S3: credentials, region and endpoint are found in one way, whatever it is used for. */
import type { S3Client } from '@aws-sdk/client-s3'
import { findS3Endpoint, S3EndpointError, usesPathStyle } from '../../../contract/s3-address.ts'
import { PipelineError } from '../errors.ts'

/** The SDK. It is loaded by the first that opens a client: it takes a tenth of a second. */
export type Sdk = typeof import('@aws-sdk/client-s3')

/** Milliseconds after which a store that does not answer is given up; the client tries again twice. */
const CONNECT_MS = 5_000
const SILENT_MS = 60_000

/**
 * Opens a client for a bucket; whoever opens it destroys it.
 *
 * @throws {PipelineError} If the endpoint in the environment makes no sense.
 */
export async function openS3Client(bucket: string): Promise<{ sdk: Sdk; client: S3Client }> {
  const endpoint = findEndpoint(process.env)
  const sdk = await import('@aws-sdk/client-s3')
  const { url, region } = endpoint
  const client = new sdk.S3Client({
    forcePathStyle: usesPathStyle(bucket, endpoint),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    ...(url === undefined ? {} : { endpoint: url }),
    // Without one the SDK looks into its files, too.
    ...(region === undefined ? {} : { region }),
  })
  return { sdk, client }
}

function findEndpoint(env: Readonly<Record<string, string | undefined>>) {
  try {
    return findS3Endpoint(env)
  } catch (error) {
    if (error instanceof S3EndpointError) throw new PipelineError(error.message, { exitCode: 2 })
    throw error
  }
}
