/** Explains the pools of a campaign as they are published now, from `banner_stats`; no log is read. */
import type { DuckDBConnection } from '@duckdb/node-api'
import {
  CANDIDATE_COLUMNS,
  type Candidate,
  type ExplainedDataset,
  explainDatasets,
} from '../../contract/explain.ts'
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

/** A decimal becomes a floating number in JavaScript, so it comes as text. */
const SELECTED = Object.entries(CANDIDATE_COLUMNS)
  .map(([name, { type }]) =>
    type === 'decimal(18,6)' ? `cast(${name} as varchar) as ${name}` : name,
  )
  .join(', ')

async function readCandidates(
  connection: DuckDBConnection,
  campaignId: number,
): Promise<Candidate[]> {
  const rows = await readRows<Omit<Candidate, 'revenue'> & { revenue: string }>(
    connection,
    `select ${SELECTED}
     from banner_stats
     where campaign_id = cast($campaign as bigint)
     order by dataset, revenue_rank`,
    { campaign: String(campaignId) },
  )
  return rows.map((row) => ({ ...row, revenue: BigInt(row.revenue.replace('.', '')) }))
}
