/** How a request for a banner may end: every list of codes in the server, its metrics and its description follows from here. */

/** Why there is no banner for this request, and what each code means. */
export const NO_CHOICES = {
  no_pool: 'the campaign has no pool in this quarter of the hour',
  disabled: 'the denylist names the campaign, or every banner of its pool',
  all_excluded: 'the request excludes every banner of the pool that is not denied',
} as const

/** Why nothing can be answered about a campaign. */
const FAULTS = {
  unknown_campaign: 'no build that is loaded knows the campaign',
  bad_request: 'the id or a parameter is not valid',
  not_loaded: 'nothing is loaded yet',
} as const

/** Why a request did not get as far as that. */
const REFUSALS = {
  busy: 'there is too much to do, or nothing is loaded yet',
  error: 'something went wrong that should not',
} as const

/** Every outcome. */
const OUTCOMES = {
  banner: 'a banner of the pool',
  house_banner: 'the banner that is shown where there is no other',
  ...NO_CHOICES,
  ...FAULTS,
} as const

/** A code of {@link NO_CHOICES}. */
export type NoChoice = keyof typeof NO_CHOICES

/** A code of `X-Banner-Reason`. */
export type BannerReason = NoChoice | keyof typeof FAULTS | keyof typeof REFUSALS

/** How a request ended. */
export type Outcome = keyof typeof OUTCOMES

/** The codes of `X-Banner-Reason`. */
export const BANNER_REASONS: readonly BannerReason[] = [
  ...listNames(NO_CHOICES),
  ...listNames(FAULTS),
  ...listNames(REFUSALS),
]

/** All outcomes. */
export const OUTCOME_NAMES: readonly Outcome[] = listNames(OUTCOMES)

function listNames<T extends object>(codes: T): (keyof T)[] {
  return Object.keys(codes) as (keyof T)[]
}
