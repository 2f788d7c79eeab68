import { findThreads } from '../base/machine.ts'
import type { ScanSummary } from '../scanned/scan.ts'
import { parseShard, type Shard } from '../scanned/shard.ts'
import { assertFlag, type Command, isCount, misuse } from './command.ts'
import { INPUT_OPTIONS, TABLE_OPTIONS, windowOf } from './input-flags.ts'

interface ScanFlags {
  input: string
  into: string
  shard: string
  followLinks: boolean
  window: number | undefined
  maxRejectShare: number
  rename: string[]
  threads: number
}

/** `pools scan` */
export const SCAN: Command<ScanFlags> = {
  usage: 'scan',
  describe: 'read a share of the logs, for a build on another machine',
  options: {
    input: {
      type: 'string',
      demandOption: true,
      describe: 'folder with the CSV files',
    },
    into: {
      type: 'string',
      demandOption: true,
      describe: 'folder for what is found, the same for all shards',
    },
    shard: {
      type: 'string',
      default: '0/1',
      describe: 'which of how many, counted from 0: 3/8; auto/8 takes the index of the job',
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
  check({ maxRejectShare, threads, window }) {
    assertFlag(isCount(threads), 'threads', 'a whole number from 1 on')
    assertFlag(maxRejectShare >= 0 && maxRejectShare <= 1, 'max-reject-share', 'from 0 to 1')
    assertFlag(window === undefined || isCount(window), 'window', 'a whole number of days from 1')
  },
  async run(flags, { progress, now, environment }) {
    const { parseRename } = await import('../input/renames.ts')
    const { findInFolder } = await import('../scanned/folder-input.ts')
    const { scanFiles } = await import('../scanned/scan.ts')
    const { makeScannedFolder } = await import('../scanned/store.ts')
    const shard = readShard(flags.shard, environment)
    const window = windowOf(flags, now())
    const renames = flags.rename.map(parseRename)
    const files = await findInFolder({ ...flags, window, shard, now })
    const store = await makeScannedFolder(flags.into)
    return describeScan(shard, await scanFiles(files, store, { ...flags, renames, progress }))
  },
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
