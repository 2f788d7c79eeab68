/** What the service of banners depends on, and what it answers. */
import type { Denylist } from '../../contract/denylist.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { Decision } from '../../contract/token.ts'
import type { Answer } from '../base/answer.ts'
import type { Pools } from '../pools/pools.ts'
import type { CookieMode } from './cookie.ts'
import type { CampaignCandidates } from './explore.ts'
import type { Outcome } from './outcomes.ts'
import type { BannerQuery } from './query.ts'
import type { BannerRequest } from './request.ts'
import type { Form } from './respond.ts'

/** What an answer depends on, beside the request. */
export interface BannerService {
  /** Asked at each request, so that a new build can take the place of the old one. Undefined: nothing is loaded. */
  readonly pools: () => Pools | undefined
  /** Asked at each request too. */
  readonly denylist: () => Denylist
  /** Shown where there is no other; undefined: nothing is. */
  readonly houseBanner: number | undefined
  readonly cookieMode: CookieMode
  /** A visitor who sends `Sec-GPC: 1` or `DNT: 1` gets no cookie, and the one that is sent is not read. */
  readonly heedsOptOut: boolean
  readonly now: () => Date
  /** Uniform in [0, 1), like `Math.random`. */
  readonly random: () => number
  /** Undefined: all decisions are of the pool. */
  readonly exploring?: Exploring | undefined
  /** Undefined: nothing is collected, and answers have no event addresses. */
  readonly events?: DecisionEvents | undefined
}

/** Which share of the decisions draws from all candidates of a campaign, and which these are. */
export interface Exploring {
  readonly share: number
  readonly find: (campaignId: number, denied: ReadonlySet<number>) => CampaignCandidates
}

/** What answers need where events are collected. */
export interface DecisionEvents {
  /** What the addresses of events begin with, without a slash at the end; undefined: as other links. */
  readonly baseUrl: string | undefined
  /** Makes the token of a decision. */
  readonly sign: (decision: Decision) => string
  /** Called for each banner that has no event addresses because its visitor opted out. */
  readonly countOptOut: () => void
}

/** An answer, and what is counted about it. */
export interface BannerAnswer extends Answer {
  readonly outcome: Outcome
  /** The visitor's last banner was known; undefined where nobody asks, as in a preview. */
  readonly knewLast?: boolean | undefined
  readonly repeat?: boolean
}

/** A request that was understood. */
export interface Asked {
  readonly query: BannerQuery
  readonly request: BannerRequest
  readonly service: BannerService
  readonly form: Form
}

/** A request and what it meets. */
export interface Context extends Asked {
  readonly pools: Pools
  readonly buildId: string
  readonly dataset: Dataset
  /** The visitor opted out, and this server heeds it: no cookie, no event addresses. */
  readonly isOptedOut: boolean
}
