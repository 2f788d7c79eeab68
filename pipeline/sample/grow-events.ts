/** Sample events without end, for logs that grow: the same ones for the same seed. */
import type { Table } from '../../contract/schema.ts'

/** An event: the table that it belongs to, and its line without line end and without the column `event`. */
export interface SampleEvent {
  readonly table: Table
  readonly line: string
}

/** Shares of the real data: three of four events are impressions, and one click of ten converts. */
const CLICKS_FROM = 0.755
const CONVERSIONS_FROM = 0.979

/** As in sql/sample/macros.sql. */
const CAMPAIGNS = 34
const FIRST_BANNER = 100
const BANNERS = 401

/** Clicks that may still convert. */
const WAITING_CLICKS = 1_000

/** Clicks and conversions of a run have ids from here on, above all that logs have. */
const FIRST_ID = 2 ** 52
/** Ids of one run. */
const IDS_OF_A_RUN = 2 ** 36
/** Runs that have ids of their own. */
export const MAX_RUNS = 2 ** 16 - 1

/**
 * Makes a function that gives the next event.
 *
 * @param seed - Whole number.
 * @param run - 0 to {@link MAX_RUNS} - 1: the ids of two runs differ.
 */
export function createSampleEvents(seed: number, run: number): () => SampleEvent {
  const random = createRandom(seed)
  const pick = (count: number) => Math.floor(random() * count)
  const waiting: number[] = []
  let id = FIRST_ID + run * IDS_OF_A_RUN
  return () => {
    const kind = random()
    const pair = `${FIRST_BANNER + pick(BANNERS)},${1 + pick(CAMPAIGNS)}`
    if (kind < CLICKS_FROM) return { table: 'impressions', line: pair }
    if (kind < CONVERSIONS_FROM || waiting.length === 0) {
      waiting[waiting.length < WAITING_CLICKS ? waiting.length : pick(WAITING_CLICKS)] = ++id
      return { table: 'clicks', line: `${id},${pair}` }
    }
    const [click = 0] = waiting.splice(pick(waiting.length), 1)
    const revenue = (0.01 + 30 * random() ** 3).toFixed(2)
    return { table: 'conversions', line: `${++id},${click},${revenue}` }
  }
}

/** Numbers in [0, 1), the same ones for the same seed: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
