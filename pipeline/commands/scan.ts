import { isS3Url } from '../../contract/s3-address.ts'
import { findThreads } from '../base/machine.ts'
import type { FoundFile } from '../scanned/find.ts'
import type { InputOptions } from '../scanned/folder-input.ts'
import type { ScanSummary } from '../scanned/scan.ts'
import { parseShard, type Shard } from '../scanned/shard.ts'
import type { ScannedStore } from '../scanned/store.ts'
import { assertFlag, type Command, isCount, misuse } from './command.ts'
import { INPUT_OPTIONS, TABLE_OPTIONS, windowOf } from './input-flags.ts'

interface ScanFlags {
  input: string
  into: string
  shard: string
  rangeSize: number
  followLinks: boolean
  window: number | undefined
  maxRejectShare: number
  rename: string[]
  threads: number
}

const MIB = 1 << 20

/** `pools scan` */
export const SCAN: Command<ScanFlags> = {
  usage: 'scan',
  describe: 'read a share of the logs, for a build on another machine',
  options: {
    input: {
      type: 'string',
      demandOption: true,
      describe: 'folder with the CSV files, or s3://bucket/prefix',
    },
    into: {
      type: 'string',
      demandOption: true,
      describe: 'folder for the scanned files, or s3://bucket/prefix; the same for all shards',
    },
    shard: {
      type: 'string',
      default: '0/1',
      describe: 'shard, counted from 0, of how many: 3/8; auto/8 takes the index of the job',
    },
    'range-size': {
      type: 'number',
      default: 1024,
      describe:
        'longer files are cut into ranges of so many MiB for several shards; the same for all',
    },
    'follow-links': INPUT_OPTIONS['follow-links'],
    window: INPUT_OPTIONS.window,
    'max-reject-share': {
      ...TABLE_OPTIONS['max-reject-share'],
      describe: 'greatest share of rejected rows in a file, 0 to 1; above it the file is not kept',
    },
    rename: INPUT_OPTIONS.rename,
    threads: {
      type: 'number',
      default: findThreads(),
      defaultDescription: 'all cores that the container may use',
      describe: 'number of threads',
    },
  },
  examples: [
    ['scan --input logs --into scanned --shard 0/2', 'the first of two machines'],
    ['build --input logs --out artifacts --scanned scanned', 'then, on any machine'],
  ],
  check({ maxRejectShare, rangeSize, threads, window }) {
    assertFlag(isCount(rangeSize), 'range-size', 'a whole number from 1 on')
    assertFlag(isCount(threads), 'threads', 'a whole number from 1 on')
    assertFlag(maxRejectShare >= 0 && maxRejectShare <= 1, 'max-reject-share', 'from 0 to 1')
    assertFlag(window === undefined || isCount(window), 'window', 'a whole number of days from 1')
  },
  async run(flags, { progress, now, environment }) {
    const { parseRename } = await import('../input/renames.ts')
    const { scanFiles } = await import('../scanned/scan.ts')
    const shard = readShard(flags.shard, environment)
    const window = windowOf(flags, now())
    const options = { ...flags, renames: flags.rename.map(parseRename), progress }
    const summary = await withInput(
      { ...flags, window, shard, rangeBytes: flags.rangeSize * MIB, now },
      (files) => withPlace(flags.into, (store) => scanFiles(files, store, options)),
    )
    return describeScan(shard, summary)
  },
}

/** The SDK for buckets is loaded only where there is one. */
async function withInput<T>(
  options: InputOptions,
  fn: (files: readonly FoundFile[]) => Promise<T>,
): Promise<T> {
  if (!isS3Url(options.input)) {
    const { findInFolder } = await import('../scanned/folder-input.ts')
    return fn(await findInFolder(options))
  }
  const { parseS3Url } = await import('../base/s3/location.ts')
  const { findInBucket } = await import('../scanned/bucket-input.ts')
  const { withStore } = await import('../s3/store.ts')
  return withStore(parseS3Url(options.input, 'input'), async (store) =>
    fn(await findInBucket(store, options)),
  )
}

async function withPlace<T>(into: string, fn: (store: ScannedStore) => Promise<T>): Promise<T> {
  if (!isS3Url(into)) {
    const { makeScannedFolder } = await import('../scanned/store.ts')
    return fn(await makeScannedFolder(into))
  }
  const { withScannedBucket } = await import('../scanned/bucket-store.ts')
  return withScannedBucket(into, 'into', fn)
}

function readShard(text: string, environment: Readonly<Record<string, string | undefined>>): Shard {
  const shard = parseShard(text, environment)
  if (shard !== null) return shard
  if (text.startsWith('auto/')) {
    throw misuse(
      `--shard ${text} needs the index of a job, JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX`,
    )
  }
  throw misuse(`--shard must be like 3/8, the first being 0/8 and the last 7/8: ${text}`)
}

function describeScan({ index, count }: Shard, summary: ScanSummary) {
  const { files, scanned, rows } = summary
  return {
    document: { shard: index, shards: count, ...summary },
    lines: [
      `shard ${index} of ${count}: ${scanned} of ${files} files scanned, ${rows} rows; the others were scanned before`,
    ],
  }
}
