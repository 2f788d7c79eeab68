import { setTimeout as sleep } from 'node:timers/promises'
import { isS3Url } from '../../contract/s3-address.ts'
import { BUILD, type BuildFlags, readBuildOptions } from './build.ts'
import { assertFlag, type Command } from './command.ts'
import { windowOf } from './input-flags.ts'

/** Of `pools build`, what makes no sense when builds go on. */
type OneBuildFlag = 'force' | 'cache' | 'scanned' | 'scanMissing' | 'whatIf' | 'top' | 'fill'

interface WatchFlags extends Omit<BuildFlags, OneBuildFlag> {
  settle: number
  interval: number
}

const ONE_BUILD_FLAGS = ['force', 'cache', 'scanned', 'scan-missing', 'what-if', 'top', 'fill']
const SHARED = Object.fromEntries(
  Object.entries(BUILD.options).filter(([name]) => !ONE_BUILD_FLAGS.includes(name)),
)

// Nothing tells of changes in a bucket: there, a schedule runs `pools build`.
const BUILD_OPTIONS = {
  ...SHARED,
  input: { type: 'string', demandOption: true, describe: 'folder with the CSV files' },
  out: { type: 'string', demandOption: true, describe: 'artifacts folder' },
} as const

const NONE = {
  ...{ force: false, cache: undefined, whatIf: false, top: undefined, fill: undefined },
  ...{ scanned: undefined, scanMissing: false },
} as const

/** `pools watch` */
export const WATCH: Command<WatchFlags> = {
  usage: 'watch',
  describe: 'build whenever input files are added, changed or removed, until it is stopped',
  options: {
    ...BUILD_OPTIONS,
    settle: {
      type: 'number',
      default: 5,
      describe: 'seconds without a change before a build starts',
    },
    interval: {
      type: 'number',
      default: 2,
      describe: 'seconds between two checks of the input folder',
    },
  },
  examples: [
    ['watch --input logs --out artifacts', 'follow the logs; SIGTERM stops it'],
    ['watch --input logs --out artifacts --settle 60', 'for files that are written slowly'],
  ],
  check(flags) {
    BUILD.check?.({ ...flags, ...NONE })
    assertFlag(!isS3Url(flags.input), 'input', 'a folder')
    assertFlag(!isS3Url(flags.out), 'out', 'a folder')
    assertFlag(flags.settle >= 0, 'settle', '0 or more')
    assertFlag(flags.interval > 0, 'interval', 'more than 0')
  },
  async run(flags, { progress, now, environment, print, untilStopped }) {
    const { buildPools } = await import('../build/build.ts')
    const { withBatchMetrics } = await import('./batch-metrics.ts')
    const { describeInput, watchInput } = await import('../build/watch.ts')
    const stop = untilStopped()
    // A build on a cluster is finished first, as any other.
    const { signal: never } = new AbortController()
    const options = await readBuildOptions(
      { ...flags, force: false },
      { progress, now, environment, untilStopped: () => never },
    )
    const stopping = 'stopping after this build, the next signal stops it at once'
    let isBuilding = false
    stop.addEventListener('abort', () => isBuilding && progress.note(stopping))
    progress.note(`watching ${flags.input}`)
    await watchInput({
      look: () => describeInput(flags.input, { ...flags, window: windowOf(flags, now()) }),
      async build() {
        isBuilding = true
        try {
          const window = windowOf(flags, now())
          const summary = await withBatchMetrics({ progress, now, path: flags.metricsFile }, () =>
            buildPools({ ...options, window }),
          )
          const { status, build_id, pools, files, rows } = summary
          const verb = status === 'built' ? 'is current now' : 'is current already'
          const line = `${now().toISOString()} build ${build_id} ${verb}: ${pools} pools from ${rows} rows in ${files} files`
          print({ document: summary, lines: [line] })
        } finally {
          isBuilding = false
        }
      },
      onChange: () =>
        progress.note(`input changed, waiting for ${flags.settle} s; files must rest`),
      onFailure({ message }, retryMs) {
        progress.note(`pools: ${message}`)
        progress.note(`the current build stays; next try after a change, or in ${retryMs / 1000} s`)
        print({ document: { status: 'failed', error: message }, lines: [] })
      },
      settleMs: flags.settle * 1000,
      intervalMs: flags.interval * 1000,
      clock: {
        now: () => performance.now(),
        sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
      },
      stop,
    })
    return null
  },
}
