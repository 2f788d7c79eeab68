/** Explains the pools of a campaign as they are published now, from `banner_stats`; no log is read. */
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Candidate, type ExplainedDataset, explainDatasets } from '../../contract/explain.ts'
import { readRows } from '../base/database.ts'
import { PipelineError } from '../base/errors.ts'
import { readState, withState } from './state.ts'

/** The document of `pools explain --json`. */
export interface Explanation {
  /** `<build>`, or `<build>+<n>` with change n of a follower on top of it. */
  readonly build_id: string
  readonly campaign_id: number
  readonly datasets: readonly ExplainedDataset[]
}

/** What to explain. */
export interface ExplainOptions {
  /** An artifacts folder or the folder of one build. */
  readonly artifacts: string
  readonly campaignId: number
  /** Undefined: all four. */
  readonly dataset?: number | undefined
  readonly bannerId?: number | undefined
}

/**
 * Explains the pools of a campaign.
 *
 * @throws {PipelineError} If the campaign has no candidate there.
 * @throws {ArtifactError} If a file is missing or differs from the manifest.
 */
export async function explainPools(options: ExplainOptions): Promise<Explanation> {
  const { artifacts, campaignId, dataset, bannerId } = options
  const state = await readState(artifacts)
  const candidates = await withState(state, (connection) => readCandidates(connection, campaignId))
  const asked = candidates.filter(
    (candidate) => (dataset ?? candidate.dataset) === candidate.dataset,
  )
  if (asked.length === 0) {
    const where = dataset === undefined ? '' : ` in dataset ${dataset}`
    throw new PipelineError(`campaign ${campaignId} has no candidate${where}: ${state.folder}`)
  }
  return {
    build_id: state.stateId,
    campaign_id: campaignId,
    datasets: explainDatasets(asked, bannerId),
  }
}

async function readCandidates(
  connection: DuckDBConnection,
  campaignId: number,
): Promise<Candidate[]> {
  const rows = await readRows<Omit<Candidate, 'revenue'> & { revenue: string }>(
    connection,
    `select dataset, banner_id, impressions, clicks, conversions,
       cast(revenue as varchar) as revenue, revenue_rank, click_rank, pool_rank, reason
     from banner_stats
     where campaign_id = cast($campaign as bigint)
     order by dataset, revenue_rank`,
    { campaign: String(campaignId) },
  )
  return rows.map((row) => ({ ...row, revenue: BigInt(row.revenue.replace('.', '')) }))
}
