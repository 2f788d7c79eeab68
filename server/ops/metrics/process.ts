/** What is measured of a process: how late it is, what it could not log, and when it last looked at what it follows. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import { countDroppedLines } from '../log.ts'

const NANOSECONDS = 1e9

/** Adds when each was last seen to be in use. Aggregated over processes by the least: the one that lags counts. */
export function addLookGauge(
  registry: Registry,
  lastGoodMs: Readonly<Record<string, () => number>>,
): void {
  const gauge = new Gauge({
    name: 'banner_pools_last_good_look_timestamp_seconds',
    help: 'When it was last seen that what is on disk is in use, by what is followed',
    labelNames: ['what'],
    registers: [registry],
    aggregator: 'min',
    collect: () => {
      for (const [what, ms] of Object.entries(lastGoodMs)) gauge.set({ what }, ms() / 1_000)
    },
  })
}

/** Adds the log lines that were lost. */
export function addDroppedLines(registry: Registry): void {
  const dropped = new Counter({
    name: 'banner_pools_log_lines_dropped_total',
    help: 'Log lines that could not be written: a full disk, or a pipe that nobody reads',
    registers: [registry],
    collect: () => {
      dropped.reset()
      dropped.inc(countDroppedLines())
    },
  })
}

/** Adds the delay of the event loop since the last time that somebody asked. */
export function addLoopLag(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const lag = new Gauge({
    name: 'banner_pools_event_loop_lag_seconds',
    help: 'Delay of the event loop since the last scrape',
    labelNames: ['quantile'],
    registers: [registry],
    aggregator: 'max',
    collect: () => {
      lag.set({ quantile: '0.5' }, delay.percentile(50) / NANOSECONDS)
      lag.set({ quantile: '0.99' }, delay.percentile(99) / NANOSECONDS)
      lag.set({ quantile: '1' }, delay.max / NANOSECONDS)
      delay.reset()
    },
  })
}
