/** What a follower is doing, for its operators. */

/** How copying what is published to a bucket goes. */
export interface CopyStatus {
  /** Told when this follower is the one that publishes. */
  readonly start: () => void
  /** When what is published was last found to be there; milliseconds since 1970, null: not yet. */
  readonly lastCopyMs: () => number | null
  /** Why the last copy failed; null: it did not. */
  readonly failure: () => string | null
}

/** Figures and states of a follower. Times are in milliseconds since 1970; null = not yet. */
export interface FollowerStatus {
  /** Waiting for another follower to end. */
  isStandby: boolean
  lines: number
  accepted: number
  rejected: number
  files: number
  /** When a line was read that is not published yet. */
  oldestUnpublishedMs: number | null
  /** When the newest line that is published was read. */
  newestPublishedMs: number | null
  lastLookMs: number | null
  lastChangeMs: number | null
  lastBuildMs: number | null
  /** Of what is published; null = nothing yet. */
  buildId: string | null
  n: number
  changes: number
  builds: number
  /** How long the last change and the last build took, in seconds. */
  changeSeconds: number
  buildSeconds: number
  /** Campaigns of the last change. */
  touched: number
  /** Bytes that the counts take. */
  stateBytes: number
  /** Why nothing is published; null = it is. */
  frozen: string | null
  held: string | null
  /** Campaigns that are left as they are, in one dataset each; null: none is guarded. */
  guarded: number | null
  /** Null: nothing is copied. */
  readonly copies: CopyStatus | null
}

/** The state of a follower that has just started. */
export function createStatus(copies: CopyStatus | null = null): FollowerStatus {
  return {
    isStandby: true,
    lines: 0,
    accepted: 0,
    rejected: 0,
    files: 0,
    oldestUnpublishedMs: null,
    newestPublishedMs: null,
    lastLookMs: null,
    lastChangeMs: null,
    lastBuildMs: null,
    buildId: null,
    n: 0,
    changes: 0,
    builds: 0,
    changeSeconds: 0,
    buildSeconds: 0,
    touched: 0,
    stateBytes: 0,
    frozen: null,
    held: null,
    guarded: null,
    copies,
  }
}
