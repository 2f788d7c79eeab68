import { NO_DENYLIST } from '../../contract/denylist.ts'
import { type AppOptions, createApp } from '../../server/app.ts'
import {
  type BannerContextSettings,
  type BannerDependencies,
  createBannerContext,
} from '../../server/http/banner-context.ts'
import type { Images } from '../../server/pictures/images.ts'
import { poolsOf } from '../helpers/pools.ts'

type Changes = Partial<BannerContextSettings> &
  Partial<BannerDependencies> &
  Partial<Pick<AppOptions, 'images' | 'logError' | 'explorer'>>

const POOLS = poolsOf({ 7: [30, 10], 8: { 1: [20] }, 9: [50] })
/** No pictures are given: they are drawn. */
export const DRAWN: Images = { urlTemplate: undefined, paths: new Map(), leftOut: [] }
/** Chrome's `Accept` for a page. */
export const CHROME_PAGE =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
/** Chrome's `Accept` for an `<img>`. */
export const CHROME_IMG = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'

const SETTINGS: BannerContextSettings = {
  clickUrl: undefined,
  cookie: 'lax',
  corsOrigins: [],
  heedOptOut: false,
  houseBanner: undefined,
  publicUrl: undefined,
  trustProxy: false,
}

/** What an app is made of, at minute 20, dataset 2; the choice is always the first banner that can be chosen. */
export function optionsWith({
  images = DRAWN,
  logError,
  explorer,
  ...changes
}: Changes = {}): AppOptions {
  const context = createBannerContext(
    { ...SETTINGS, ...changes },
    {
      pools: () => POOLS,
      denylist: () => NO_DENYLIST,
      now: () => new Date('2026-11-01T09:20:00Z'),
      random: () => 0,
      record: () => {},
      imageUrl: images.urlTemplate,
      ...changes,
    },
  )
  return { ...context, images, explorer, logError: logError ?? fail }
}

/** An app of {@link optionsWith}. */
export function appWith(changes: Changes = {}) {
  return createApp(optionsWith(changes))
}

function fail(error: Error): never {
  throw error
}
