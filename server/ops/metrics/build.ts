/** What is measured of the build that is served, of the changes on top of it, and of the build on disk. */
import { Gauge, type Registry } from 'prom-client'
import { CHANGES_STATES, describeChanges } from '../../pools/changes/describe.ts'
import type { OnDisk } from '../../pools/follow.ts'
import type { LoadedBuild } from '../../pools/load.ts'

/** What is told about the build. */
type ServedBuild = Pick<LoadedBuild, 'pools' | 'createdAtMs' | 'changes'>

/** What is followed: the build that is served, and the state of the one on disk. */
export interface FollowedState {
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

/** Adds the gauges of a build. */
export function addBuildGauges(
  registry: Registry,
  { build, onDisk }: FollowedState,
  now: () => Date,
): void {
  addServed(registry, build, now)
  addOnDisk(registry, onDisk)
  addChanges(registry, build, now)
}

/** Aggregated over processes by the greatest: all serve the same build, or will within a second. */
function addServed(registry: Registry, build: () => ServedBuild, now: () => Date): void {
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
function addChanges(registry: Registry, build: () => ServedBuild, now: () => Date): void {
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
