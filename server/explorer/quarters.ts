/** Which quarter of the hour is served, and until when. */
import type { Dataset } from '../../contract/schema.ts'
import { datasetAt } from '../banner/choose.ts'

/** The quarter that is served at a moment. */
export interface LiveQuarter {
  readonly dataset: Dataset
  /** When the next one begins. */
  readonly until: Date
}

const QUARTER_MS = 15 * 60_000

/** Tells the quarter that is served at a moment. */
export function liveQuarter(now: Date): LiveQuarter {
  const until = new Date((Math.floor(now.getTime() / QUARTER_MS) + 1) * QUARTER_MS)
  return { dataset: datasetAt(now), until }
}
