/**
 * `.collect/decisions-<day>.csv`, later `.parquet`: with which probability each banner was chosen that was seen, for `pools evaluate`. Written
 * where a share of the decisions explores, as impressions are counted: decisions that nobody saw leave nothing. Parquet cannot
 * be appended to: the file of a day becomes `.parquet` when the day is over.
 */
import type { TokenEvent } from './event.ts'

/** The first line of a file, without its end. */
export const DECISIONS_HEADER = 'event,dataset,campaign_id,banner_id,probability,decided_at'

/** Digits of a 32-bit float: more are not in the token. */
const DIGITS = 8

/** Writes a decision as a line, its end included. `event` is that of its impression; `decided_at` is in seconds since 1970. */
export function formatDecision(event: TokenEvent): string {
  const { run, counter, dataset, campaignId, bannerId, probability, at } = event
  const chance = Number(probability.toPrecision(DIGITS))
  return `${run}:${counter},${dataset},${campaignId},${bannerId},${chance},${at}\n`
}
