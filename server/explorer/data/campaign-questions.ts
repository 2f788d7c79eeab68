/** Questions about campaigns of the served build, put to the thread of details.ts. */
import { join } from 'node:path'
import {
  BANNER_STATS_FILE,
  DATASETS,
  EVALUATION_SUMMARY_FILE,
  POOLS_FILE,
} from '../../../contract/schema.ts'
import { readFingerprint } from '../../base/watch.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { type LoadedBuild, versionOf } from '../../pools/load.ts'
import { slotOf } from '../../pools/pools.ts'
import type { Dependencies } from './build-questions.ts'
import type { CampaignEvaluation } from './evaluation.ts'
import type { CampaignFigures } from './figures.ts'
import { fileOf } from './file-of.ts'
import type { CampaignJob, ChangedPools, EvaluationJob, RevenueJob } from './jobs.ts'
import type { NoFigures } from './no-figures.ts'

/** Asks about campaigns. */
export interface CampaignQuestions {
  /** Explains the pools of a campaign, and of one banner of it whether it is in. */
  readonly explain: (
    build: LoadedBuild,
    campaignId: number,
    bannerId?: number,
  ) => Promise<CampaignFigures | NoFigures>
  /** Adds up what the pools of each of these campaigns earned: plain decimals with six places. */
  readonly addRevenues: (
    build: LoadedBuild,
    campaignIds: readonly number[],
  ) => Promise<readonly string[] | NoFigures>
  /** Tells how sure the pools of a campaign are; null if the build was not evaluated. */
  readonly evaluation: (
    build: LoadedBuild,
    campaignId: number,
  ) => Promise<CampaignEvaluation | null | NoFigures>
}

/** Makes the questions. */
export function createCampaignQuestions({ ask, complain }: Dependencies): CampaignQuestions {
  return {
    explain: async (build, campaignId, bannerId) => {
      const file = fileOf(build, BANNER_STATS_FILE)
      if (file === undefined) return complain(`the manifest does not list ${BANNER_STATS_FILE}`)
      const changed = findChanged(build, [campaignId])
      const job: CampaignJob = { file, campaignId, bannerId, changed }
      const key = [describeState(build, changed), campaignId, bannerId].join(' ')
      return ask<CampaignFigures>(key, 'explainCampaign', job)
    },
    addRevenues: async (build, campaignIds) => {
      const file = fileOf(build, POOLS_FILE)
      if (file === undefined) return complain(`the manifest does not list ${POOLS_FILE}`)
      const changed = findChanged(build, campaignIds)
      const job: RevenueJob = {
        file,
        pools: campaignIds.map((id) => rowsOf(build, id)),
        changed: changed && { ...changed, campaignIds },
      }
      const key = [describeState(build, changed), 'revenues', ...campaignIds].join(' ')
      return ask<readonly string[]>(key, 'addRevenues', job)
    },
    evaluation: async (build, campaignId) => {
      const { folder, manifest } = build
      // It may be written long after the build, and again.
      const written = await readFingerprint(join(folder, EVALUATION_SUMMARY_FILE))
      const job: EvaluationJob = { folder, buildId: manifest.build_id, campaignId }
      const key = [versionOf(manifest), 'evaluation', written, campaignId].join(' ')
      const evaluated = await ask<CampaignEvaluation | null>(key, 'readEvaluated', job)
      if (evaluated === null || typeof evaluated === 'string') return evaluated
      // It is of the build: what changes have made of a pool since is not evaluated.
      const changed = findChanged(build, [campaignId])?.pools.map(({ dataset }) => dataset)
      return evaluated.filter(({ dataset }) => changed?.includes(dataset) !== true)
    },
  }
}

/** Pools lie in memory in the order of the file, so their places are rows of it; those of changes are in other files. */
function rowsOf({ pools, changes }: LoadedBuild, campaignId: number) {
  const index = findCampaign(pools.campaignIds, campaignId)
  return DATASETS.map((dataset) => {
    const slot = slotOf(index, dataset)
    const isChanged = (changes?.live.changedBy[slot] ?? 0) > 0
    const start = pools.starts[slot] ?? 0
    return { start, end: isChanged ? start : start + (pools.sizes[slot] ?? 0) }
  })
}

/** Finds the pools that are from changes; undefined: there are none. */
function findChanged(
  { changes, manifest, pools }: LoadedBuild,
  campaignIds: readonly number[],
): ChangedPools | undefined {
  if (changes === undefined) return undefined
  const { artifacts, applied, live } = changes
  const changed = campaignIds.flatMap((campaignId) => {
    const index = findCampaign(pools.campaignIds, campaignId)
    return DATASETS.map((dataset) => {
      return { dataset, campaignId, n: live.changedBy[slotOf(index, dataset)] ?? 0 }
    })
  })
  const found = changed.filter(({ n }) => n > 0)
  const place = { artifacts, buildId: manifest.build_id, epoch: applied.epoch }
  return found.length === 0 ? undefined : { place, pools: found }
}

/** Another text where the figures are others: a change that touched none of the campaigns makes none. */
function describeState({ manifest }: LoadedBuild, changed: ChangedPools | undefined): string {
  if (changed === undefined) return versionOf(manifest)
  const { place, pools } = changed
  return [
    versionOf(manifest),
    place.epoch,
    ...pools.map(({ n, dataset }) => `${n}:${dataset}`),
  ].join()
}
