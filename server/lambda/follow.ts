/**
 * Follows a bucket from within requests: a function runs only while it answers, so a timer would never fire.
 *
 *     request ──► is a look due? ──► start it, do not wait ──► answer from what is loaded
 */
import {
  DENYLIST_FILE,
  type Denylist,
  NO_DENYLIST,
  parseDenylistBytes,
} from '../../contract/denylist.ts'
import type { ServedBuild } from '../pools/arranged.ts'
import { keyOf, type Loader, loadPublished, type PublishedBuild } from './builds.ts'
import type { ReadObject } from './objects.ts'

/** What is served, as it changes. */
export interface Followed {
  /** Undefined: nothing could be loaded yet. */
  readonly build: () => ServedBuild | undefined
  readonly denylist: () => Denylist
  /** Looks for another build and another denylist now; looks already under way are joined. Never fails. */
  readonly look: () => Promise<void>
}

/** What following needs. */
export interface FollowOptions {
  readonly read: ReadObject
  readonly prefix: string
  readonly load: Loader
  /** Served while the bucket has given none. */
  readonly packed: () => ServedBuild | undefined
  /** Hears of each change. */
  readonly info: (message: string) => void
  /** Hears of each failure: what was served stays. */
  readonly fail: (message: string) => void
}

/** Makes what is followed; nothing is read before the first look. */
export function followBucket(options: FollowOptions): Followed {
  const builds = followBuilds(options)
  const denied = followDenied(options)
  let looking: Promise<unknown> | undefined
  return {
    build: builds.build,
    denylist: denied.denylist,
    look: async () => {
      looking ??= Promise.all([builds.look(), denied.look()]).finally(() => {
        looking = undefined
      })
      await looking
    },
  }
}

function followBuilds({ read, prefix, load, packed, info, fail }: FollowOptions) {
  let published: PublishedBuild | undefined
  return {
    build: () => published?.build ?? packed(),
    look: async () => {
      try {
        const found = await loadPublished(read, prefix, load, published)
        if (found === undefined) return
        const isOther = found.build !== published?.build
        published = found
        if (isOther) info(`now serving build ${found.build.pools.buildId}`)
      } catch (error) {
        fail(`the published build is not served: ${(error as Error).message}`)
      }
    },
  }
}

function followDenied({ read, prefix, info, fail }: FollowOptions) {
  const key = keyOf(prefix, DENYLIST_FILE)
  let denylist = NO_DENYLIST
  let etag: string | undefined
  return {
    denylist: () => denylist,
    look: async () => {
      try {
        const found = await read(key, etag)
        if (found === 'same' || found?.etag === etag) return
        denylist = found === undefined ? NO_DENYLIST : parseDenylistBytes(found.bytes)
        etag = found?.etag
        info(`now denying ${denylist.banners.size} banners, ${denylist.campaigns.size} campaigns`)
      } catch (error) {
        fail(`the last good denylist holds: ${(error as Error).message}: ${key}`)
      }
    },
  }
}
