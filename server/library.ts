/** `banner-pools/server`: the server inside another program, without a port, flags, a log or signals of its own. */
import type { AppOptions } from './app.ts'
import { findDenylist, followDenylist } from './banner/follow-denylist.ts'
import { createBannerContext } from './http/banner-context.ts'
import { createGates } from './http/gate.ts'
import { createHostCheck } from './http/hosts.ts'
import { findRequestId } from './http/request-id.ts'
import { createMetrics } from './ops/metrics.ts'
import { followImages } from './pictures/follow.ts'
import { followBuild } from './pools/follow.ts'
import { readSettings, type Settings } from './settings.ts'

export { ArtifactError } from '../contract/read.ts'
export { type AppOptions, createApp } from './app.ts'

/** Settings that shape answers, as docs/server.md explains them. All but `artifacts` have the defaults of the program. */
export interface AppSettings {
  readonly artifacts: string
  readonly allowedHosts?: readonly string[]
  readonly clickUrl?: string
  readonly cookie?: 'lax' | 'embed'
  readonly corsOrigins?: readonly string[]
  readonly denylist?: string
  readonly heedOptOut?: boolean
  readonly houseBanner?: number
  readonly images?: string
  readonly publicUrl?: string
  readonly requireDenylist?: boolean
  readonly trustProxy?: boolean
}

/** Called with what the program would log. */
export interface AppReports {
  /** A request that failed, a build or a denylist that cannot be used: what was good before stays. */
  readonly onError?: (error: Error) => void
}

/** A build that is followed. */
export interface OpenedBuild {
  /** For `createApp`. */
  readonly options: AppOptions
  /** The id of the build that is served now. */
  readonly buildId: () => string
  /** What the program has at `/metrics`, in Prometheus' text format. */
  readonly metrics: () => Promise<string>
  /** Stops following; the app goes on with what it has. */
  readonly stop: () => void
}

/**
 * Loads the published build and the denylist and follows both, as the program does.
 *
 * @throws {ArtifactError} If the build is bad.
 * @throws {DenylistError} If the denylist is.
 * @throws {ImagesError} If the folder of pictures is.
 */
export async function openBuild(
  given: AppSettings,
  { onError = () => {} }: AppReports = {},
): Promise<OpenedBuild> {
  const settings: Settings = { ...readSettings({}, {}), ...given }
  const now = () => new Date()
  const metrics = createMetrics(now)
  const pictures = await followImages(settings.images, (change) => {
    if (change.result === 'error') onError(change.error)
  })
  const { images } = pictures
  const followed = await followBuild(settings.artifacts, {
    reload: (reload) => {
      metrics.countReload(reload.result)
      if (reload.result === 'error') onError(reload.error)
    },
    change: metrics.countChange,
    gap: ({ message }) => {
      metrics.countGap()
      onError(new Error(`no more changes are applied before the next build: ${message}`))
    },
  }).catch((error) => {
    pictures.stop()
    throw error
  })
  const denied = await followDenylist(findDenylist(settings), (change) => {
    metrics.countDenylist(change.result)
    if (change.result === 'error') onError(change.error)
  }).catch((error) => {
    followed.stop()
    pictures.stop()
    throw error
  })
  metrics.addBuild(followed)
  metrics.addLooks({
    build: followed.lastGoodMs,
    denylist: denied.lastGoodMs,
    pictures: pictures.lastGoodMs,
  })
  const context = createBannerContext(settings, {
    pools: () => followed.build().pools,
    denylist: denied.denylist,
    now,
    random: Math.random,
    record: metrics.record,
    imageUrl: images.urlTemplate,
  })
  return {
    options: {
      ...context,
      images,
      isOwnHost: createHostCheck(settings),
      gates: createGates(),
      countRefusal: metrics.countRefusal,
      logError: (error, headers) => {
        onError(error)
        return findRequestId(headers['x-request-id'] as string | undefined)
      },
    },
    buildId: () => followed.build().pools.buildId,
    metrics: () => metrics.registry.metrics(),
    stop: () => {
      followed.stop()
      denied.stop()
      pictures.stop()
    },
  }
}
