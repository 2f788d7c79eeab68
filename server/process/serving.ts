/** One process that serves: follows the build and the denylist, answers, counts, stops. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { AppOptions } from '../app.ts'
import { type DenylistChange, findDenylist, followDenylist } from '../banner/follow-denylist.ts'
import type { EventSink } from '../events/service.ts'
import { collects, startEvents } from '../events/start.ts'
import { startExplorer } from '../explorer/start.ts'
import { createEdge } from '../http/edge.ts'
import { createGates } from '../http/gate.ts'
import { createHostCheck, isLoopback } from '../http/hosts.ts'
import { findRequestId } from '../http/request-id.ts'
import { stopServer } from '../http/stop.ts'
import type { ServingState } from '../ops/app.ts'
import { createMetrics } from '../ops/metrics.ts'
import { followImages, type PicturesChange } from '../pictures/follow.ts'
import { describeLeftOut } from '../pictures/list-folder.ts'
import { describeChanges } from '../pools/changes/describe.ts'
import { followBuild, type Reload } from '../pools/follow.ts'
import type { LoadedBuild } from '../pools/load.ts'
import type { Settings } from '../settings.ts'
import { createOpener } from './opener.ts'
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
  log: Logger,
  sink?: EventSink,
): Promise<Serving> {
  let isClosing = false
  let stopping: Promise<void> | undefined
  const now = () => new Date()
  // Before what is counted: changes are reported while the rest still starts.
  const metrics = createMetrics(now)
  const followed = await followBuild(settings.artifacts, {
    reload: (reload) => {
      metrics.countReload(reload.result)
      logReload(log, reload)
    },
    change: metrics.countChange,
    gap: ({ message }) => {
      metrics.countGap()
      log.error(`no more changes are applied before the next build: ${message}`)
    },
  })
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
  if (images.leftOut.length > 0) log.warn(`pictures ${describeLeftOut(images.leftOut)}`)
  const pools = () => followed.build().pools
  const events =
    sink !== undefined && collects(settings)
      ? await startEvents(settings, { sink, pools, log })
      : undefined
  const edge = createEdge(settings, {
    pools,
    events: events?.decisions,
    denylist: denied.denylist,
    now,
    random: Math.random,
    record: metrics.record,
    imageUrl: images.urlTemplate,
  })
  const explorer = hasExplorer(settings)
    ? startExplorer({
        ...edge.service,
        build: followed.build,
        maxAge: settings.maxAge,
        currency: settings.currency === undefined ? '' : ` ${settings.currency}`,
        record: metrics.countPage,
        report: (fault) => log.error(`the explorer shows no figures: ${fault}`),
      })
    : undefined
  const appOptions = {
    ...edge,
    images,
    events: events?.routes,
    logError: createErrorLog(log),
    isOwnHost: createHostCheck(settings),
    gates: createGates(),
    countRefusal: metrics.countRefusal,
    explorer: explorer?.routes,
  }
  const open = createOpener(settings, { isClosing: () => isClosing, onDrop: metrics.countDrop })
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

function createErrorLog(log: Logger) {
  return (error: Error, headers: Readonly<Record<string, unknown>>) => {
    const requestId = findRequestId(headers['x-request-id'] as string | undefined)
    log.error({ event: 'request_failed', err: error, request_id: requestId }, 'a request failed')
    return requestId
  }
}

const ON_DISK = {
  bad: 'the build on disk is bad',
  gone: 'the build on disk is gone',
  unreadable: 'the build on disk cannot be read now',
} as const

function logReload(log: Logger, reload: Reload): void {
  if (reload.result === 'error') {
    log.error(`${ON_DISK[reload.onDisk]}, still serving the last good one: ${reload.error.message}`)
  } else if (reload.result === 'ok') {
    const { buildId, campaignCount, poolCount } = reload.build.pools
    log.info(`now serving build ${buildId}, ${campaignCount} campaigns, ${poolCount} pools`)
  } else {
    log.info('looked for another build, there is none')
  }
}

function logPictures(log: Logger, change: PicturesChange): void {
  if (change.result === 'error') {
    log.error(`the last list of pictures stays: ${change.error.message}`)
    return
  }
  const { paths, leftOut } = change.list
  log.info(`now showing ${paths.size} pictures${describeLeftOut(leftOut, '; ')}`)
}

function logDenylist(log: Logger, change: DenylistChange): void {
  if (change.result === 'error') {
    log.error(`the last good denylist holds: ${change.error.message}`)
    return
  }
  const { banners, campaigns } = change.denylist
  log.info(`now denying ${banners.size} banners and ${campaigns.size} campaigns`)
}
