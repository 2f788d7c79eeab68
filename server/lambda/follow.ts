/**
 * Follows a bucket from within requests: a function runs only while it answers, so a timer would never fire.
 *
 *     request ──► is a look due? ──► start it, do not wait ──► answer from what is loaded
 */
import {
  DENYLIST_FILE,
  type Denylist,
  DenylistError,
  NO_DENYLIST,
  parseDenylistBytes,
} from '../../contract/denylist.ts'
import { joinKey } from '../../contract/s3-address.ts'
import type { ServedBuild } from '../pools/snapshot.ts'
import { type Loader, loadPublished, type PublishedBuild } from './builds.ts'
import type { ReadObject } from './objects.ts'

/** What is served, as it changes. */
export interface Followed {
  /** Undefined: nothing could be loaded yet. */
  readonly build: () => ServedBuild | undefined
  /** Undefined: what is denied is not known, so nothing may be served. */
  readonly denylist: () => Denylist | undefined
  /** Looks for another build and another denylist now; looks already under way are joined. Never fails. */
  readonly look: () => Promise<void>
}

/** What following needs. */
export interface FollowOptions {
  readonly read: ReadObject
  readonly prefix: string
  /** Whether there must be a denylist; else a bucket without one denies nothing. */
  readonly requireDenylist: boolean
  readonly load: Loader
  /** Served while the bucket has given none. */
  readonly packed: () => ServedBuild | undefined
  /** Called with each change. */
  readonly info: (message: string) => void
  /** Called with each failure: what was served stays. */
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

/**
 * The last good list holds, whatever comes after it: it is cleared by an empty one. Before there is one, only the
 * store's word that there is no such object means that nothing is denied.
 */
function followDenied({ read, prefix, requireDenylist, info, fail }: FollowOptions) {
  const key = joinKey(prefix, DENYLIST_FILE)
  let denylist: Denylist | undefined
  let etag: string | undefined
  const take = (found: Awaited<ReturnType<ReadObject>>) => {
    if (found === 'same') return
    if (found === undefined) {
      if (etag !== undefined) throw new DenylistError('is gone')
      if (requireDenylist) throw new DenylistError('is missing, publish one by `pools deny`')
      denylist = NO_DENYLIST
      return
    }
    if (found.etag === etag) return
    denylist = parseDenylistBytes(found.bytes)
    etag = found.etag
    info(`now denying ${denylist.banners.size} banners, ${denylist.campaigns.size} campaigns`)
  }
  return {
    denylist: () => denylist,
    look: async () => {
      try {
        take(await read(key, etag))
      } catch (error) {
        const state =
          denylist === undefined
            ? 'nothing is served before the denylist can be read'
            : 'the last good denylist holds'
        fail(`${state}: ${(error as Error).message}: ${key}`)
      }
    },
  }
}
