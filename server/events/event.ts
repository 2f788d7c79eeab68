/** What happens to banners that were shown, as it goes from the process that was asked to the one that writes. */
import type { Dataset } from '../../contract/schema.ts'

/** What a token can bring. */
export type TokenKind = 'impression' | 'click' | 'view'

/** What can happen. A `view` is an impression of which half was in sight for a second. */
export type EventKind = TokenKind | 'conversion'

/** Why an event does not count, and what each reason means. These are kept, see rejected.ts. */
export const REJECTIONS = {
  repeat: 'the token, or the conversion, was counted before',
  expired: 'the token is too old',
  elsewhere: 'another machine collects it: the address should have led there',
  head: 'HEAD: nobody looks at the answer',
  prefetch: 'the browser asked ahead, for a page that may never be seen',
  robot: 'a known robot, or a client that sends no user agent',
  opt_out: 'the browser sends Sec-GPC or DNT',
  conflict: 'a conversion of this id was counted, with another click or revenue',
  unknown_click: 'the click id was not given by this server',
  too_much: 'the revenue is above --max-revenue',
} as const

/** A code of {@link REJECTIONS}. */
export type Rejection = keyof typeof REJECTIONS

/** What is counted only, since nothing in it can be believed, or nothing may be kept. */
export const UNKEPT = {
  bad_token: 'no token, or none that this server signed',
  bad_conversion: 'a conversion that cannot be read',
  unauthorized: 'no bearer token of an advertiser',
  opt_out_decision: 'a banner for a visitor who opted out: it has no event addresses',
  lost_impression: 'an impression that could not be written: answered 503',
  lost_click: 'a click that could not be written: redirected without a click id',
  lost_view: 'a view that could not be written',
  lost_conversion: 'a conversion that could not be written: answered 503',
} as const

/** A code of {@link UNKEPT}. */
export type Unkept = keyof typeof UNKEPT

/** What the lines of a decision have in common. */
export interface ShownBanner {
  readonly dataset: Dataset
  readonly campaignId: number
  readonly bannerId: number
  /** Of the token. */
  readonly run: string
  readonly counter: number
  /** Seconds since 1970: when the banner was chosen. */
  readonly at: number
  /** That it was chosen. */
  readonly probability: number
}

/** A token that came back in time, from somebody who counts. */
export interface TokenEvent extends ShownBanner {
  readonly kind: TokenKind
}

/** A conversion with a good click id. */
export interface ConversionEvent {
  readonly kind: 'conversion'
  /** Canonical decimal, to 2^63 − 1. */
  readonly conversionId: string
  readonly clickId: number
  /** Millionths, in decimal. */
  readonly revenue: string
  readonly advertiser: string
}

/** What does not count. */
export interface RejectedEvent {
  readonly kind: 'rejected'
  readonly of: EventKind
  readonly reason: Rejection
  /** What is known of it: ids, never anything about a visitor. */
  readonly about: Partial<ShownBanner> & {
    readonly conversionId?: string
    readonly clickId?: number
    readonly revenue?: string
    readonly advertiser?: string
  }
}

/** What the writer takes. */
export type CollectedEvent = TokenEvent | ConversionEvent | RejectedEvent

/**
 * What became of an event: written; the same was written before; of its id another was; not written, so that it never
 * happened.
 */
export interface EventOutcome {
  readonly status: 'counted' | 'repeat' | 'conflict' | 'lost'
  /** Of a click, the first one of its token. */
  readonly clickId?: number
  /** Its line is kept, and Kafka has not acknowledged it; only where that was asked for. */
  readonly isUnacknowledged?: boolean
}

/**
 * How long an answer waits: until its line is written; until Kafka has acknowledged it, or some seconds have passed; or until
 * the line is written, and whether it is acknowledged is told as well.
 */
export type Patience = 'written' | 'acknowledged' | 'told'

/** Takes events, and says what became of each once that is certain. Without a patience: once its line is written. */
export type RecordEvents = (
  events: readonly CollectedEvent[],
  patience?: Patience,
) => Promise<readonly EventOutcome[]>

/** The lost ones of an event. */
export const LOST: EventOutcome = { status: 'lost' }
