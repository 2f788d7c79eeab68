/** What the pages tell of a campaign beside its pools, which are in memory. */
import type { ExplainedDataset } from '../../../contract/explain.ts'

/** A campaign in one quarter of the hour. */
export interface QuarterFigures extends ExplainedDataset {
  /** Of all candidates: plain decimal with six places. */
  readonly revenue: string
  /** Revenues of the candidates that earned, the greatest first, as numbers: for a chart. */
  readonly earned: readonly number[]
  /** Of the pool: likewise. */
  readonly pool_revenue: string
}

/** The quarters in which a campaign has candidates, by dataset. */
export type CampaignFigures = readonly QuarterFigures[]
