/** A process that follows a build, as the server does: `reload-target.ts FOLDER`. See reload.ts. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { followBuild } from '../../server/pools/follow.ts'

/** What the process tells: once after its start, and after each reload. */
export interface ReloadReport {
  readonly elapsedMs: number
  /** Longest delay of the event loop meanwhile. */
  readonly stallMs: number
  readonly residentBytes: number
  readonly pools: number
}

/** Milliseconds between two looks at the loop. */
const RESOLUTION_MS = 1

const NANOSECONDS_PER_MS = 1e6

const folder = process.argv[2] ?? ''
let done = () => {}
const followed = await measure(() => followBuild(folder, { reload: () => done() }))
process.on('message', () =>
  measure(
    () =>
      new Promise<void>((resolve) => {
        done = resolve
        process.send?.('watching')
      }),
  ),
)
process.once('disconnect', () => process.exit())

async function measure<T>(run: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const startMs = performance.now()
  const result = await run()
  const elapsedMs = performance.now() - startMs
  // The old arrays and the thread's memory go back a moment later.
  await sleep(2_000)
  const { rss } = process.memoryUsage()
  delay.disable()
  report({
    elapsedMs,
    stallMs: delay.max / NANOSECONDS_PER_MS,
    residentBytes: rss,
  })
  return result
}

function report(figures: Omit<ReloadReport, 'pools'>): void {
  // The first report comes before there is a variable to ask.
  setImmediate(() => process.send?.({ ...figures, pools: followed.build().pools.poolCount }))
}
