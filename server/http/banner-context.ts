/** From the settings to what both listener and app need. */
import type { BannerAnswer, BannerService } from '../banner/service.ts'
import type { Settings } from '../settings.ts'
import { createCors } from './cors.ts'
import type { BannerContext } from './listener.ts'
import { createLinkFinder, type OriginSettings } from './origins.ts'

/** The settings that shape answers. */
export type BannerContextSettings = Pick<
  Settings,
  'clickUrl' | 'cookie' | 'corsOrigins' | 'heedOptOut' | 'houseBanner' | 'publicUrl' | 'trustProxy'
> &
  Pick<OriginSettings, 'basePath' | 'scheme'>

/** What else is needed: the state of the server, chance, and time. */
export interface BannerDependencies
  extends Pick<BannerService, 'pools' | 'denylist' | 'now' | 'random' | 'events' | 'exploring'> {
  /** A URL with `{banner_id}`, if the pictures are elsewhere. */
  readonly imageUrl: string | undefined
  readonly record: (answer: BannerAnswer, elapsedMs: number) => void
}

/** Joins the two. */
export function createBannerContext(
  settings: BannerContextSettings,
  dependencies: BannerDependencies,
): BannerContext {
  const { imageUrl, record, ...state } = dependencies
  return {
    service: {
      ...state,
      houseBanner: settings.houseBanner,
      cookieMode: settings.cookie,
      // Who is counted must have a way not to be.
      heedsOptOut: settings.heedOptOut || state.events !== undefined,
    },
    linksOf: createLinkFinder(settings, { imageUrl, clickUrl: settings.clickUrl }),
    cors: createCors(settings.corsOrigins),
    record,
  }
}
