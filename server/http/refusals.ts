/** Why requests are refused before their route is asked. */

/** The reasons: too much work at once, a target that is not in its normal form, a host that is not this server's. */
export const REFUSAL_REASONS = ['busy', 'bad_target', 'bad_host', 'wrong_host'] as const

/** One of {@link REFUSAL_REASONS}. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number]
