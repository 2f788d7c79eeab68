/** One process that serves: follows the build and the denylist, answers, counts, stops. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import { readEvaluation } from '../../contract/evaluation.ts'
import { readGuarded } from '../../contract/guarded.ts'
import type { AppOptions } from '../app.ts'
import { createCandidateFinder } from '../banner/explore.ts'
import { findDenylist, followDenylist } from '../banner/follow-denylist.ts'
import type { Exploring } from '../banner/service.ts'
import type { EventLog } from '../base/log-events.ts'
import type { EventSink } from '../events/service.ts'
import { startSigning } from '../events/signing.ts'
import { collects, startEvents } from '../events/start.ts'
import { findExploringCost } from '../explorer/exploring.ts'
import { startExplorer } from '../explorer/start.ts'
import { createBannerContext } from '../http/banner-context.ts'
import type { DropReason } from '../http/connections.ts'
import { createGates } from '../http/gate.ts'
import { createHostCheck, isLoopback } from '../http/hosts.ts'
import type { RefusalReason } from '../http/refusals.ts'
import { stopServer } from '../http/stop.ts'
import type { ServingState } from '../ops/app.ts'
import { createMetrics } from '../ops/metrics.ts'
import { createRefusalLog } from '../ops/refusal-log.ts'
import { followImages } from '../pictures/follow.ts'
import { describeLeftOut } from '../pictures/list-folder.ts'
import { describeChanges } from '../pools/changes/describe.ts'
import { type FollowedBuild, followBuild } from '../pools/follow.ts'
import type { LoadedBuild } from '../pools/load.ts'
import type { Settings } from '../settings.ts'
import { createOpener } from './opener.ts'
import { createErrorLog, logDenylist, logPictures, logReload } from './serving-log.ts'
import { describeStart, type Started } from './started.ts'

/** A process that serves. */
export interface Serving {
  readonly started: Started
  readonly state: () => ServingState
  readonly registry: Registry
  /** Looks for another build and another denylist now. */
  readonly reload: () => Promise<void>
  /** Is not ready from now on, lets go of all connections, and returns. */
  readonly stop: () => Promise<void>
}

/**
 * Starts to serve.
 *
 * @param sink - Takes events, if they are collected.
 * @throws {ArtifactError} If the build is bad.
 * @throws {DenylistError} If the denylist is.
 * @throws {ImagesError} If the folder of pictures is.
 */
export async function startServing(
  settings: Settings,
  log: EventLog,
  sink?: EventSink,
): Promise<Serving> {
  let isClosing = false
  let stopping: Promise<void> | undefined
  const now = () => new Date()
  // Before what is counted: changes are reported while the rest still starts.
  const metrics = createMetrics(now)
  const followed = await followBuild(
    settings.artifacts,
    {
      reload: (reload) => {
        metrics.countReload(reload.result)
        logReload(log, reload)
      },
      change: metrics.countChange,
      gap: ({ message }) => {
        metrics.countGap()
        const line = `no more changes are applied before the next build: ${message}`
        log.error({ event: 'changes_gap', reason: message }, line)
      },
    },
    { withCandidates: settings.explore > 0 },
  )
  metrics.addBuild(followed)
  const denied = await followDenylist(findDenylist(settings), (change) => {
    metrics.countDenylist(change.result)
    logDenylist(log, change)
  })
  const pictures = await followImages(settings.images, (change) => logPictures(log, change))
  const { images } = pictures
  metrics.addLooks({
    build: followed.lastGoodMs,
    denylist: denied.lastGoodMs,
    pictures: pictures.lastGoodMs,
  })
  if (images.leftOut.length > 0) {
    const fields = { event: 'pictures', left_out: images.leftOut.length } as const
    log.warn(fields, `pictures ${describeLeftOut(images.leftOut)}`)
  }
  const refusals = createRefusalLog(log)
  const pools = () => followed.build().pools
  const guarded = async () => (await readGuarded(settings.artifacts)) ?? []
  const findCost = async () => {
    const { folder, manifest } = followed.build()
    return findExploringCost(settings.explore, await readEvaluation(folder, manifest.build_id))
  }
  const events =
    sink !== undefined && collects(settings)
      ? await startEvents(settings, { sink, pools, log, guarded, findCost })
      : undefined
  const context = createBannerContext(settings, {
    pools,
    events: events?.decisions ?? (await startSigning(settings)),
    denylist: denied.denylist,
    now,
    random: Math.random,
    exploring: startExploring(settings, followed),
    record: metrics.record,
    imageUrl: images.urlTemplate,
  })
  const explorer = hasExplorer(settings)
    ? startExplorer({
        ...context.service,
        build: followed.build,
        guarded,
        maxAge: settings.maxAge,
        currency: settings.currency === undefined ? '' : ` ${settings.currency}`,
        record: metrics.countPage,
        report: (fault) => {
          log.error({ event: 'figures', reason: fault }, `the explorer shows no figures: ${fault}`)
        },
      })
    : undefined
  const appOptions = {
    ...context,
    images,
    events: events?.routes,
    logError: createErrorLog(log),
    isOwnHost: createHostCheck(settings),
    gates: createGates(),
    countRefusal: (reason: RefusalReason) => {
      metrics.countRefusal(reason)
      refusals.count('requests', reason)
    },
    explorer: explorer?.routes,
  }
  const onDrop = (reason: DropReason) => {
    metrics.countDrop(reason)
    // Idle ones are the usual end of a connection.
    if (reason !== 'idle') refusals.count('connections', reason)
  }
  const open = createOpener(settings, { isClosing: () => isClosing, onDrop })
  const hasOwnPort = settings.explorerPort !== undefined
  const main = await open('main', hasOwnPort ? withoutPages(appOptions) : appOptions)
  const pages = hasOwnPort ? await open('pages', appOptions) : undefined
  const stopNow = async () => {
    isClosing = true
    followed.stop()
    denied.stop()
    pictures.stop()
    events?.stop()
    await sleep(settings.drainDelay * 1_000)
    await Promise.all([main, pages].map((listening) => listening && stopServer(listening.server)))
    await explorer?.stop()
  }
  return {
    started: describeStart({
      url: main.url,
      pagesUrl: pages?.url,
      hasExplorer: explorer !== undefined,
      pools: followed.build().pools,
      images,
    }),
    registry: metrics.registry,
    state: () => ({
      pid: process.pid,
      ready: !isClosing,
      onDisk: followed.onDisk(),
      lookedAtMs: followed.lookedAtMs(),
      ...stateOf(followed.build()),
    }),
    reload: async () => {
      await Promise.all([followed.actNow(), denied.actNow(), pictures.actNow(), events?.reload()])
    },
    stop: () => {
      stopping ??= stopNow()
      return stopping
    },
  }
}

function startExploring({ explore }: Settings, { build }: FollowedBuild): Exploring | undefined {
  if (explore === 0) return undefined
  return { share: explore, find: createCandidateFinder(() => build().candidates) }
}

/** It shows revenue: who has not asked for it gets it on a machine of one's own only. */
function hasExplorer({ explorer, explorerPort, host }: Settings): boolean {
  return explorer ?? (explorerPort !== undefined || isLoopback(host))
}

/** For the main port, if the pages have one of their own. */
function withoutPages(options: AppOptions): AppOptions {
  return { ...options, explorer: undefined, hasDocs: false }
}

function stateOf(build: LoadedBuild) {
  const { buildId, campaignCount, poolCount } = build.pools
  return {
    buildId,
    createdAtMs: build.createdAtMs,
    campaigns: campaignCount,
    pools: poolCount,
    changes: describeChanges(build),
  }
}
