/** What is counted and measured; metrics/ has the parts. */
import { Counter, Registry } from 'prom-client'
import type { BannerAnswer } from '../banner/service.ts'
import type { PageName } from '../explorer/page-context.ts'
import { DROP_REASONS, type DropReason } from '../http/connections.ts'
import { REFUSAL_REASONS, type RefusalReason } from '../http/refusals.ts'
import { addAnswers } from './metrics/answers.ts'
import { addBuildGauges, type FollowedState } from './metrics/build.ts'
import { addCounter, addPlainCounter, addReasons } from './metrics/counters.ts'
import { addDroppedLines, addLookGauge, addLoopLag } from './metrics/process.ts'

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

/** Makes the counters. */
export function createMetrics(now: () => Date): Metrics {
  const registry = new Registry()
  const record = addAnswers(registry)
  addLoopLag(registry)
  addDroppedLines(registry)
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
    record,
    countPage: (page, status) => pages.inc({ page, status }),
    countReload: (result) => reloads.inc({ result }),
    countChange: () => changes.inc(),
    countGap: () => gaps.inc(),
    countDenylist: (result) => denylists.inc({ result }),
    countDrop: (reason) => drops.inc({ reason }),
    countRefusal: (reason) => refusals.inc({ reason }),
    addBuild: (followed) => addBuildGauges(registry, followed, now),
    addLooks: (lastGoodMs) => addLookGauge(registry, lastGoodMs),
  }
}
