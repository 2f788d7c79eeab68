/**
 * What Lambda loads: reads the settings and the pools before the first event, then answers events.
 *
 * It is bundled (deploy/lambda/lambda.ts): `index.js`, its chunks, `load-worker.js`, `embed.min.client.js`, and `pools.bin`, the
 * build that is packed with it.
 */
import { fileURLToPath } from 'node:url'
import { ArtifactError } from '../../contract/read.ts'
import type { S3Address } from '../../contract/s3-address.ts'
import { findDenylist, followDenylist } from '../banner/follow-denylist.ts'
import { startSigning } from '../events/signing.ts'
import { loadBuild } from '../pools/load.ts'
import { loadInThread } from '../pools/load-thread.ts'
import type { ServedBuild } from '../pools/snapshot.ts'
import { readSettings } from '../settings.ts'
import { type Loader, loadPacked } from './builds.ts'
import { type Followed, followBucket } from './follow.ts'
import { createHandler } from './handler.ts'
import { openLambdaLog } from './log.ts'
import { createObjectReader } from './objects.ts'
import { readLambdaSettings } from './settings.ts'

const PACKED = fileURLToPath(new URL('.', import.meta.url))

const { env } = process
const now = () => new Date()
const { s3, checkEveryMs } = readLambdaSettings(env)
const settings = readSettings({}, env)
const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? 'banner-pools'
const log = openLambdaLog((line) => process.stdout.write(line), functionName, now)
const followed = s3 === undefined ? await servePacked() : await follow(s3)

const events = await startSigning(settings)

/** What the function's `Handler` setting names: `index.handler`. */
export const handler = await createHandler({ settings, followed, log, checkEveryMs, now, events })

/** Without a bucket there is one build, and the denylist is a file of the package. */
async function servePacked(): Promise<Followed> {
  const packed = await loadPacked(PACKED)
  if (packed === undefined) {
    throw new ArtifactError('no pools are packed with the function, and POOLS_S3 is not set')
  }
  const denied = await followDenylist(findDenylist(settings), () => {})
  return { build: () => packed, denylist: denied.denylist, look: async () => {} }
}

/** The packed build is a spare one: it is served while the bucket gives none. */
async function follow({ bucket, prefix }: S3Address): Promise<Followed> {
  let packed: ServedBuild | undefined
  let load: Loader = (folder) => loadBuild(folder, undefined)
  const bucketFollowed = followBucket({
    read: createObjectReader(bucket, env),
    prefix,
    requireDenylist: settings.requireDenylist,
    load: (folder) => load(folder),
    packed: () => packed,
    info: log.info,
    fail: log.fail,
  })
  await bucketFollowed.look()
  // From now on requests may be waiting.
  load = (folder) => loadInThread(folder)
  if (bucketFollowed.build() === undefined) packed = await loadPacked(PACKED)
  return bucketFollowed
}
