/** From the tables of a build to an evaluation. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Evaluation, LoggedDecisions } from '../../contract/evaluation.ts'
import type { Progress } from '../base/progress.ts'
import { readUsedSizes } from '../rank/rule-sizes.ts'
import { type DecisionSource, readDecisions } from './decisions.ts'
import { type Dispersion, measureDispersion } from './descriptive.ts'
import { evaluateCampaigns } from './evaluate.ts'
import { type GainOptions, gainOfSizes, type SizesGain } from './gain.ts'
import { isThin } from './halves.ts'
import { runEvaluateModels } from './models.ts'
import { readCampaigns, readThinClicks } from './read.ts'
import { roundNumbers } from './round.ts'
import { valueDecisions } from './value-decisions.ts'

/** How the tables are evaluated. */
export interface MeasureOptions {
  readonly progress: Progress
  /** See {@link evaluateCampaigns}. */
  readonly isUngated?: boolean
}

/**
 * Evaluates the log that the tables of a build were made of. Its numbers are not rounded.
 *
 * @param connection - Has `banner_counts`, `stg_clicks` and `stg_conversions`.
 */
export async function measureTables(
  connection: DuckDBConnection,
  options: MeasureOptions,
): Promise<Evaluation> {
  const { progress } = options
  await runEvaluateModels(connection, progress)
  return progress.step('evaluate', async () => {
    const sizes = await readUsedSizes(connection)
    const campaigns = await readCampaigns(connection)
    const thin = campaigns.flatMap((campaign, index) => (isThin(campaign, sizes) ? [index] : []))
    const thinClicks = await readThinClicks(connection, campaigns, thin)
    const evaluation = evaluateCampaigns({ ...options, sizes, campaigns, thinClicks })
    const { clicks_follow_impressions } = evaluation.overall
    warnOfDispersion(measureDispersion(campaigns, clicks_follow_impressions), progress)
    return evaluation
  })
}

/**
 * Values the pools, and other ways to choose, by the probabilities that impressions were logged with. Not rounded.
 *
 * @param connection - After {@link measureTables}.
 * @returns Null if none were kept.
 */
export async function measureDecisions(
  connection: DuckDBConnection,
  { progress, ...source }: DecisionSource & { readonly progress: Progress },
): Promise<LoggedDecisions | null> {
  const groups = await readDecisions(connection, source)
  if (groups === null) return null
  return progress.step('weigh decisions', async () => {
    const sizes = await readUsedSizes(connection)
    return valueDecisions(groups, await readCampaigns(connection), sizes)
  })
}

/** In the sample it is 1.3; one visitor in 100 with ten clicks makes it 1.9, and what is brought looks 75 % too good. */
const DISPERSED = 1.5

/** Errors away from 1 that chance does not explain. */
const ERRORS = 4

function warnOfDispersion(dispersion: Dispersion | null, progress: Progress): void {
  if (dispersion === null) return
  const { value, error } = dispersion
  if (value < DISPERSED || value < 1 + ERRORS * error) return
  progress.warn(
    `clicks vary ${value.toFixed(1)} times as much between banners as single clicks would: if that is visitors who click many times, what pools bring looks too good, see docs/evaluate.md`,
  )
}

/** What `pools build --what-if` tells in money: see {@link SizesGain}. */
export interface GainAnswer {
  readonly gain: SizesGain['gain']
  readonly pool_gains: SizesGain['pools']
}

/**
 * Compares pools of other sizes with those of the rules on the log that the tables of a build were made of.
 *
 * @param connection - As for {@link measureTables}.
 * @returns Rounded.
 */
export async function measureSizes(
  connection: DuckDBConnection,
  { progress, ...sizes }: Omit<GainOptions, 'campaigns'> & { readonly progress: Progress },
): Promise<GainAnswer> {
  await runEvaluateModels(connection, progress)
  return progress.step('value the change', async () => {
    const campaigns = await readCampaigns(connection)
    const { gain, pools } = gainOfSizes({ campaigns, ...sizes })
    return roundNumbers({ gain, pool_gains: pools })
  })
}
