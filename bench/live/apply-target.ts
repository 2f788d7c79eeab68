/** A process that follows a build and its changes, as the server does: `apply-target.ts FOLDER`. See apply.ts. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describeChanges } from '../../server/pools/changes/describe.ts'
import { followBuild } from '../../server/pools/follow.ts'
import { median } from '../statistics.ts'

/** Told for each change. */
export interface AppliedReport {
  readonly n: number
  /** Milliseconds since 1970. */
  readonly appliedMs: number
}

/** Told at the end of a phase. */
export interface PhaseReport {
  readonly stallMs: number
  /** The longest stall of each second, the middle one of them: a busy machine has a long one now and then by itself. */
  readonly typicalStallMs: number
  /** Of the delays within a second, the middle one of these. */
  readonly p99Ms: number
  /** Of one core, all threads of the process together. */
  readonly cpuShare: number
  readonly residentBytes: number
  readonly pools: number
  readonly state: string
}

/** Milliseconds between two looks at the loop. */
const RESOLUTION_MS = 1

const NANOSECONDS_PER_MS = 1e6

const followed = await followBuild(process.argv[2] ?? '', {
  reload: () => {},
  change: () => {
    const { n } = describeChanges(followed.build())
    process.send?.({ n, appliedMs: Date.now() } satisfies AppliedReport)
  },
})
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
let [cpu, startMs] = [process.cpuUsage(), performance.now()]
let stallsMs: number[] = []
setInterval(() => {
  stallsMs.push(delay.max / NANOSECONDS_PER_MS)
  all.push(delay.percentile(99) / NANOSECONDS_PER_MS)
  delay.reset()
}, 1_000)
let all: number[] = []

process.on('message', (message) => {
  if (message === 'begin') {
    delay.reset()
    delay.enable()
    stallsMs = []
    all = []
    cpu = process.cpuUsage()
    startMs = performance.now()
    return
  }
  delay.disable()
  const { user, system } = process.cpuUsage(cpu)
  const report: PhaseReport = {
    stallMs: Math.max(...stallsMs),
    typicalStallMs: median(stallsMs),
    p99Ms: median(all),
    cpuShare: (user + system) / 1_000 / (performance.now() - startMs),
    residentBytes: process.memoryUsage().rss,
    pools: followed.build().pools.poolCount,
    state: followed.build().pools.buildId,
  }
  process.send?.(report)
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
