import type { Evaluation } from '../../contract/evaluation.ts'
import { PipelineError } from '../base/errors.ts'

/** Which pools are asked for; undefined = all. */
export interface Selection {
  readonly campaign?: number | undefined
  readonly dataset?: number | undefined
}

/**
 * Leaves only the pools that are asked for. The overall numbers stay those of the whole log: p-values are adjusted for
 * all of it.
 *
 * @throws {PipelineError} If there is no such pool.
 */
export function selectPools(evaluation: Evaluation, { campaign, dataset }: Selection): Evaluation {
  if (campaign === undefined && dataset === undefined) return evaluation
  const pools = evaluation.pools.filter(
    (pool) =>
      (campaign === undefined || pool.campaign_id === campaign) &&
      (dataset === undefined || pool.dataset === dataset),
  )
  if (pools.length > 0) return { ...evaluation, pools }
  const where = dataset === undefined ? 'any dataset' : `dataset ${dataset}`
  const what = campaign === undefined ? 'no campaign' : `no campaign ${campaign}`
  throw new PipelineError(`there is ${what} in ${where} of the input`)
}
