/** One request for a page, with all that its answer depends on. */

import type { Denylist } from '../../contract/denylist.ts'
import type { Guarded } from '../../contract/guarded.ts'
import type { Links } from '../banner/links.ts'
import type { BannerService } from '../banner/service.ts'
import type { LoadedBuild } from '../pools/load.ts'
import type { Details, Questions } from './data/details.ts'
import { type LiveQuarter, liveQuarter } from './quarters.ts'

/** A request for a page. */
export interface PageRequest {
  /** Relative path to the root of the server, with a slash at the end. */
  readonly root: string
  readonly links: Links
  /** A part of the path by its name. */
  readonly part: (name: string) => string
  /** A parameter of the query; the first, if it is given twice. */
  readonly query: (name: string) => string | undefined
}

/** The pages, as metrics name them. */
const PAGE_NAMES = [
  ...(['home', 'list', 'campaign', 'banner', 'banner_search', 'places'] as const),
  ...(['builds', 'build', 'report', 'rejects', 'diff'] as const),
  ...(['received', 'events', 'none'] as const),
]
export type PageName = (typeof PAGE_NAMES)[number]

/** What the explorer shows. */
export interface ExplorerOptions
  extends Pick<BannerService, 'denylist' | 'now' | 'random' | 'exploring'> {
  /** Asked at each request. Undefined: nothing is loaded. */
  readonly build: () => LoadedBuild | undefined
  readonly details: Details
  /** Asked at each request: pools that a follower leaves as they are. */
  readonly guarded: () => Promise<readonly Guarded[]>
  /** Hours after which a build is too old. */
  readonly maxAge: number
  /** As it follows a number: ` EUR`; empty: none is known. */
  readonly currency: string
  /** Called with each response. */
  readonly record: (page: PageName, status: number) => void
}

/** A request while a build is served: all of its answer is about one build and one moment. */
export interface PageContext
  extends PageRequest,
    Pick<ExplorerOptions, 'maxAge' | 'random' | 'currency' | 'guarded'> {
  readonly details: Questions
  readonly build: LoadedBuild
  readonly denylist: Denylist
  readonly now: Date
  readonly live: LiveQuarter
  /** Share of the answers that draw from all candidates; 0 = none does. */
  readonly exploringShare: number
}

/** Builds the context of a request; undefined if nothing is loaded. */
export function createPageContext(
  request: PageRequest,
  options: ExplorerOptions,
): PageContext | undefined {
  const build = options.build()
  if (build === undefined) return undefined
  const { details, maxAge, random, currency, guarded, exploring } = options
  const now = options.now()
  const denylist = options.denylist()
  return {
    ...request,
    details: details.forPage(),
    maxAge,
    random,
    currency,
    guarded,
    exploringShare: exploring?.share ?? 0,
    build,
    denylist,
    now,
    live: liveQuarter(now),
  }
}

/**
 * Leads from a path to the root of the server: relative, because the server may be published below a path.
 *
 * @param path - Of the URL, as it came.
 */
export function rootOf(path: string): string {
  return '../'.repeat(path.split('/').length - 2) || './'
}
