/** What is counted. No labels by campaign: there may be hundreds of thousands. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'
import { OUTCOME_NAMES, type Outcome } from '../banner/outcomes.ts'
import type { BannerAnswer } from '../banner/service.ts'
import type { PageName } from '../explorer/visit.ts'
import { DROP_REASONS, type DropReason } from '../http/connections.ts'
import { REFUSAL_REASONS, type RefusalReason } from '../http/refusals.ts'
import { CHANGES_STATES, describeChanges } from '../pools/changes/describe.ts'
import type { OnDisk } from '../pools/follow.ts'
import type { LoadedBuild } from '../pools/load.ts'
import { createHistogram } from './histogram.ts'
import { countDroppedLines } from './log.ts'

/** The counters of one process. */
export interface Metrics {
  readonly registry: Registry
  /** Of each answer about a banner, and the milliseconds that it took to make. */
  readonly record: (answer: BannerAnswer, elapsedMs: number) => void
  /** Of each page of the explorer. */
  readonly countPage: (page: PageName, status: number) => void
  readonly countReload: (result: 'ok' | 'unchanged' | 'error') => void
  /** Of each change that was applied on top of the build. */
  readonly countChange: () => void
  /** Of each change that could not be applied. */
  readonly countGap: () => void
  readonly countDenylist: (result: 'ok' | 'error') => void
  /** Of each connection that was refused or closed by the server. */
  readonly countDrop: (reason: DropReason) => void
  /** Of each request that was refused before its route was asked. */
  readonly countRefusal: (reason: RefusalReason) => void
  /** Adds the gauges of the build, once there is one. */
  readonly addBuild: (followed: FollowedState) => void
  /** Adds the gauges of what is followed: milliseconds since 1970 of the last good look, by its name. */
  readonly addLooks: (lastGoodMs: Readonly<Record<string, () => number>>) => void
}

/** What is told about the build. */
type ServedBuild = Pick<LoadedBuild, 'pools' | 'createdAtMs' | 'changes'>

interface FollowedState {
  readonly build: () => ServedBuild
  readonly onDisk: () => OnDisk
}

/** Every state, so that each is there from the start. */
const ON_DISK: Readonly<Record<OnDisk, true>> = {
  served: true,
  bad: true,
  gone: true,
  unreadable: true,
}

/** Seconds, from 0.01 ms: an answer takes some microseconds to make. The objective is 0.1 ms. */
const DURATION_BOUNDS = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]

const NANOSECONDS = 1e9

/** Makes the counters. Those of the hot path are plain numbers, which are copied when somebody asks. */
export function createMetrics(now: () => Date): Metrics {
  const registry = new Registry()
  // Each is there from the start, at 0: a rate needs a value before the first.
  const outcomes = Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, 0])) as Record<
    Outcome,
    number
  >
  const totals = { repeats: 0, withoutCookie: 0 }
  addTotals(registry, outcomes, totals)
  addLoopLag(registry)
  addDroppedLines(registry)
  const duration = createHistogram(registry, {
    name: 'banner_pools_request_duration_seconds',
    help: 'Time to make an answer about a banner, network excluded',
    bounds: DURATION_BOUNDS,
  })
  const reloads = addCounter(registry, 'reloads', 'Looks at a changed build', [
    'ok',
    'unchanged',
    'error',
  ])
  const changes = addPlainCounter(registry, 'changes_applied', 'Changes applied on top of a build')
  const gaps = addPlainCounter(
    registry,
    'change_gaps',
    'Changes that could not be applied: nothing newer is served before the next build',
  )
  const denylists = addCounter(registry, 'denylist_reloads', 'Changes of the denylist', [
    'ok',
    'error',
  ])
  const drops = addReasons(
    registry,
    { name: 'connections_dropped', help: 'Connections that were refused or closed' },
    DROP_REASONS,
  )
  const refusals = addReasons(
    registry,
    { name: 'requests_refused', help: 'Requests that were refused before their route' },
    REFUSAL_REASONS,
  )
  const pages = new Counter({
    name: 'banner_pools_explorer_pages_total',
    help: 'Pages of the explorer by status',
    labelNames: ['page', 'status'],
    registers: [registry],
  })
  return {
    registry,
    record: (answer, elapsedMs) => {
      outcomes[answer.outcome]++
      if (answer.knewLast === false) totals.withoutCookie++
      if (answer.repeat) totals.repeats++
      duration.observe(elapsedMs / 1_000)
    },
    countPage: (page, status) => pages.inc({ page, status }),
    countReload: (result) => reloads.inc({ result }),
    countChange: () => changes.inc(),
    countGap: () => gaps.inc(),
    countDenylist: (result) => denylists.inc({ result }),
    countDrop: (reason) => drops.inc({ reason }),
    countRefusal: (reason) => refusals.inc({ reason }),
    addBuild: (followed) => {
      addBuildGauges(registry, followed.build, now)
      addOnDisk(registry, followed.onDisk)
      addChangeGauges(registry, followed.build, now)
    },
    addLooks: (lastGoodMs) => addLookGauge(registry, lastGoodMs),
  }
}

function addTotals(
  registry: Registry,
  outcomes: Record<Outcome, number>,
  totals: { repeats: number; withoutCookie: number },
): void {
  const requests = new Counter({
    name: 'banner_pools_requests_total',
    help: 'Requests for a banner by outcome',
    labelNames: ['outcome'],
    registers: [registry],
    collect: () => {
      requests.reset()
      for (const outcome of OUTCOME_NAMES) requests.inc({ outcome }, outcomes[outcome])
    },
  })
  const withoutCookie = new Counter({
    name: 'banner_pools_requests_without_cookie_total',
    help: 'Requests whose last banner is not known: first visits, and visitors whose browser keeps no cookie',
    registers: [registry],
    collect: () => {
      withoutCookie.reset()
      withoutCookie.inc(totals.withoutCookie)
    },
  })
  const repeats = new Counter({
    name: 'banner_pools_repeats_total',
    help: 'Banners that were shown twice in a row because no other was left',
    registers: [registry],
    collect: () => {
      repeats.reset()
      repeats.inc(totals.repeats)
    },
  })
}

/** Aggregated over processes by the greatest: all serve the same build, or will within a second. */
function addBuildGauges(registry: Registry, build: () => ServedBuild, now: () => Date): void {
  const gauge = (name: string, help: string, measure: () => number) => {
    const added: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      aggregator: 'max',
      collect: () => added.set(measure()),
    })
  }
  gauge('banner_pools_build_age_seconds', 'Since the served build was made', () => {
    return (now().getTime() - build().createdAtMs) / 1_000
  })
  gauge('banner_pools_pools', 'Pools of the served build', () => build().pools.poolCount)
  gauge('banner_pools_campaigns', 'Campaigns of the served build', () => {
    return build().pools.campaignCount
  })
  const info = new Gauge({
    name: 'banner_pools_build_info',
    help: 'The served build, by its id; changes on top of it have banner_pools_change_number',
    labelNames: ['build_id'],
    registers: [registry],
    aggregator: 'max',
    collect: () => {
      info.reset()
      // Without the number of a change: each would be a series of its own.
      const [buildId = ''] = build().pools.buildId.split('+')
      info.set({ build_id: buildId }, 1)
    },
  })
}

/** Aggregated over processes by the one that is behind. */
function addChangeGauges(registry: Registry, build: () => ServedBuild, now: () => Date): void {
  const number: Gauge = new Gauge({
    name: 'banner_pools_change_number',
    help: 'Number of the last change that is applied on top of the served build; 0: none is',
    registers: [registry],
    aggregator: 'min',
    collect: () => number.set(describeChanges(build()).n),
  })
  const age: Gauge = new Gauge({
    name: 'banner_pools_change_age_seconds',
    help: 'Since the last change that is applied was made; absent if there is none',
    registers: [registry],
    aggregator: 'max',
    collect: () => {
      const { createdAtMs } = describeChanges(build())
      if (createdAtMs === undefined) age.remove()
      else age.set((now().getTime() - createdAtMs) / 1_000)
    },
  })
  const state = new Gauge({
    name: 'banner_pools_changes_state',
    help: '1 for what becomes of the changes on top of the build: none, applied, held or gap',
    labelNames: ['state'],
    registers: [registry],
    aggregator: 'max',
    collect: () => {
      const now = describeChanges(build()).state
      for (const one of Object.keys(CHANGES_STATES)) state.set({ state: one }, one === now ? 1 : 0)
    },
  })
}

function addOnDisk(registry: Registry, onDisk: () => OnDisk): void {
  const gauge = new Gauge({
    name: 'banner_pools_build_on_disk',
    help: '1 for the state of the build on disk: served, bad, gone or unreadable',
    labelNames: ['state'],
    registers: [registry],
    aggregator: 'max',
    collect: () => {
      const now = onDisk()
      for (const state of Object.keys(ON_DISK)) gauge.set({ state }, state === now ? 1 : 0)
    },
  })
}

/** Aggregated over processes by the least: the one that lags counts. */
function addLookGauge(
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

function addDroppedLines(registry: Registry): void {
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

/** Since the last time that somebody asked. */
function addLoopLag(registry: Registry): void {
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

function addPlainCounter(registry: Registry, name: string, help: string): Counter {
  return new Counter({ name: `banner_pools_${name}_total`, help, registers: [registry] })
}

function addCounter(
  registry: Registry,
  name: string,
  help: string,
  results: readonly string[],
): Counter<'result'> {
  const counter = new Counter({
    name: `banner_pools_${name}_total`,
    help: `${help}, by result`,
    labelNames: ['result'],
    registers: [registry],
  })
  for (const result of results) counter.inc({ result }, 0)
  return counter
}

function addReasons(
  registry: Registry,
  { name, help }: { name: string; help: string },
  reasons: readonly string[],
): Counter<'reason'> {
  const counter = new Counter({
    name: `banner_pools_${name}_total`,
    help: `${help}, by reason`,
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of reasons) counter.inc({ reason }, 0)
  return counter
}
