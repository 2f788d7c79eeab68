import { resolve } from 'node:path'
import { isS3Url } from '../../contract/s3-address.ts'
import { findWorkerFile } from '../../contract/worker-file.ts'
import type { FollowSettings } from '../live/start.ts'
import type { Copier } from '../s3/copy.ts'
import { assertFlag, type Command, type CommandContext, isCount } from './command.ts'
import { checkHistoryDays, HISTORY_OPTIONS } from './history-flags.ts'
import { checkTableFlags, TABLE_OPTIONS, type TableFlags } from './input-flags.ts'
import { checkKafkaFlags, KAFKA_OPTIONS, type KafkaFlags, readKafkaFlags } from './kafka-flags.ts'
import { checkOpsFlags, createOpsOptions, type OpsFlags, readOpsFlags } from './ops-flags.ts'
import { withReceiver } from './with-receiver.ts'

interface FollowFlags
  extends Omit<TableFlags, 'allowMissing' | 'maxRejectShare'>,
    KafkaFlags,
    OpsFlags {
  input: string
  out: string
  buildEvery: number
  changeEvery: number
  guard: number | undefined
  bucket: string | undefined
  keep: number
  historyDays: number
}

const { 'allow-missing': _, 'max-reject-share': __, ...SHARED } = TABLE_OPTIONS

/** What the history may take of the machine beside the counts. */
const RECORDER = { threads: 1, memoryLimit: '1GB' } as const

const OPS_PORT = 9465
/** Milliseconds: servers look every 100. */
const LEAST_CHANGE_MS = 50

/** `pools follow` */
export const FOLLOW: Command<FollowFlags> = {
  usage: 'follow',
  describe: 'follow logs that grow: publish what changes several times a second',
  options: {
    input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
    out: { type: 'string', demandOption: true, describe: 'artifacts folder' },
    ...SHARED,
    'build-every': {
      type: 'number',
      default: 300,
      describe: 'seconds between full builds, with all checks',
    },
    'change-every': {
      type: 'number',
      default: 250,
      describe: 'milliseconds between changes, at least',
    },
    guard: {
      type: 'number',
      describe:
        'stop updating a campaign that has this many times its usual events (such as 10), or more clicks than impressions',
    },
    bucket: {
      type: 'string',
      describe: 's3://bucket/prefix that gets a copy of what is published, at most 5 s later',
    },
    keep: { type: 'number', default: 5, describe: 'with --bucket: builds to keep there' },
    ...HISTORY_OPTIONS,
    ...KAFKA_OPTIONS,
    ...createOpsOptions(OPS_PORT),
  },
  examples: [
    ['follow --input logs --out artifacts', 'SIGTERM publishes what is left and ends it'],
    ['follow --input logs --out artifacts --window 30', 'the last 30 days'],
    ['follow --input logs --out artifacts --kafka localhost:9092', 'logs that come from Kafka'],
  ],
  check(flags) {
    checkTableFlags({ ...flags, allowMissing: true, maxRejectShare: 1 })
    assertFlag(!isS3Url(flags.input), 'input', 'a folder')
    assertFlag(!isS3Url(flags.out), 'out', 'a folder')
    assertFlag(flags.buildEvery >= 1, 'build-every', 'a number of seconds from 1 on')
    assertFlag(flags.changeEvery >= LEAST_CHANGE_MS, 'change-every', `${LEAST_CHANGE_MS} or more`)
    assertFlag(flags.guard === undefined || flags.guard > 1, 'guard', 'a number above 1')
    assertFlag(flags.bucket === undefined || isS3Url(flags.bucket), 'bucket', 's3://bucket/prefix')
    assertFlag(isCount(flags.keep), 'keep', 'a whole number from 1 on')
    checkHistoryDays(flags)
    checkKafkaFlags(flags)
    checkOpsFlags(flags)
  },
  async run(flags, { progress, now, environment, print, untilStopped }) {
    const { startFollowing } = await import('../live/start.ts')
    const { parseRename } = await import('../input/renames.ts')
    const { createRecorder } = await import('./features.ts')
    const { showRejects } = await import('../live/receive/show-rejects.ts')
    const received = await readKafkaFlags(flags, environment)
    const stop = untilStopped()
    const copier = await openBucket(flags, { progress, now })
    const record = createRecorder({ ...flags, ...RECORDER, madeBy: 'follower' })
    let recording = Promise.resolve()
    const settings: FollowSettings = {
      ...flags,
      renames: flags.rename.map(parseRename),
      days: flags.window ?? null,
      ops: readOpsFlags(flags),
      buildThread: findWorkerFile('full-build-worker', import.meta.url),
    }
    const note = (line: string) => progress.note(line)
    const ended = new AbortController()
    const folders = { input: resolve(flags.input), out: resolve(flags.out) }
    const showing = showRejects(folders, ended.signal)
    const { isFrozen } = await withReceiver(received, { stop, now, note }, (receiving) =>
      startFollowing(settings, {
        ...receiving,
        now,
        note,
        copier,
        onBuild(id) {
          const line = `${now().toISOString()} build ${id} is current now`
          print({ document: { status: 'built', build_id: id }, lines: [line] })
          // One after the other, beside the follower's work.
          recording = recording.then(() =>
            record?.({ out: resolve(flags.out), buildId: id }, progress),
          )
        },
      }),
    ).finally(async () => {
      ended.abort()
      await Promise.all([recording, showing])
    })
    const copied = await copier?.finish()
    const hasFailed = isFrozen || copied?.hasFailed === true
    return { document: { status: 'stopped', frozen: isFrozen }, lines: [], hasFailed }
  },
}

/** The SDK for buckets is loaded only where there is one. */
async function openBucket(
  { bucket, out, keep }: FollowFlags,
  { progress, now }: Pick<CommandContext, 'progress' | 'now'>,
): Promise<Copier | null> {
  if (bucket === undefined) return null
  const { createCopier } = await import('../s3/copy.ts')
  return createCopier({ url: bucket, out, keep, progress, now })
}
