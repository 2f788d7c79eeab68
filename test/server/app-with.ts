import { type AppOptions, createApp } from '../../server/app.ts'
import type { Images } from '../../server/pictures/images.ts'
import { poolsOf } from '../helpers/pools.ts'

type Changes = Partial<Omit<AppOptions, 'settings'>> & Partial<AppOptions['settings']>

const POOLS = poolsOf({ 7: [30, 10], 8: { 1: [20] }, 9: [50] })
/** No pictures are given: they are drawn. */
export const DRAWN: Images = { urlTemplate: undefined, paths: new Map(), leftOut: 0 }
/** Chrome's `Accept` for a page. */
export const CHROME_PAGE =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
/** Chrome's `Accept` for an `<img>`. */
export const CHROME_IMG = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'

/** An app at minute 20, dataset 2, whose choice is always the first banner that can be chosen. */
export function appWith({ clickUrl, cookie = 'lax', publicUrl, ...changes }: Changes = {}) {
  return createApp({
    pools: () => POOLS,
    settings: { clickUrl, cookie, publicUrl },
    images: DRAWN,
    now: () => new Date('2026-11-01T09:20:00Z'),
    random: () => 0,
    logError: (error) => {
      throw error
    },
    ...changes,
  })
}
