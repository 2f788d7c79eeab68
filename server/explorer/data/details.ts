/**
 * Figures of the served build that are not in memory, because serving does not need them: revenue, clicks, reasons, and
 * the banners that are out.
 *
 *     page ──► cache ──► one thread, which hashes a file once and then reads a few row groups of it
 *
 * Only the explorer asks. The thread starts with the first question and ends when there is none for a while; however many
 * ask, there is one, with a short queue, so that the requests for banners keep the other cores.
 */
import { join } from 'node:path'
import {
  BANNER_STATS_FILE,
  DATASETS,
  EVALUATION_SUMMARY_FILE,
  POOLS_FILE,
} from '../../../contract/schema.ts'
import { findWorkerFile } from '../../../contract/worker-file.ts'
import { createJobThread } from '../../base/job-thread.ts'
import { readFingerprint } from '../../base/watch.ts'
import { findCampaign } from '../../pools/campaign-table.ts'
import { type LoadedBuild, versionOf } from '../../pools/load.ts'
import { slotOf } from '../../pools/pools.ts'
import { type BuildQuestions, createBuildQuestions } from './build-questions.ts'
import type { CampaignEvaluation } from './evaluation.ts'
import type { CampaignFigures } from './figures.ts'
import { fileOf } from './file-of.ts'
import type { CampaignJob, ChangedPools, EvaluationJob, RevenueJob } from './jobs.ts'
import type { NoFigures } from './no-figures.ts'
import type { Outcome } from './outcome.ts'
import { createRecent } from './recent.ts'

/** Asks for figures. Equal questions to one build are answered from memory. */
export interface Details extends BuildQuestions {
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
  /** Ends the thread. */
  readonly stop: () => Promise<void>
}

/** Milliseconds. A socket without a byte is closed after 8 s, see http/limits.ts. */
const PATIENCE_MS = 4_000

/** Milliseconds. What takes longer is no published file but one made to keep the thread: it is ended, and another starts. */
const JOB_LIMIT_MS = 60_000

/** Milliseconds without a question; another thread would have to hash the files again. */
const IDLE_MS = 300_000

const MAX_QUEUE = 32

const TOO_LONG = `reading the figures of a build takes more than ${JOB_LIMIT_MS / 1_000} s, build again`

/** Answers that are kept, each of some kilobytes. */
const MAX_ANSWERS = 200

/**
 * Makes the access to the figures.
 *
 * @param report - Called with why a file is unusable, once for each reason in turn.
 * @param patienceMs - After so long a question is answered with `reading`.
 */
export function createDetails(report: (fault: string) => void, patienceMs = PATIENCE_MS): Details {
  const thread = createJobThread({
    file: findWorkerFile('jobs', import.meta.url),
    idleMs: IDLE_MS,
    limitMs: JOB_LIMIT_MS,
  })
  const recent = createRecent<unknown>(MAX_ANSWERS)
  let lastFault = ''
  let isStopped = false
  const complain = (fault: string) => {
    if (fault !== lastFault && !isStopped) report(fault)
    lastFault = fault
    return 'unusable' as const
  }
  const ask = async <T>(key: string, name: string, job: object): Promise<T | NoFigures> => {
    if (thread.queueSize() >= MAX_QUEUE && !recent.has(key)) return 'busy'
    const run = () => thread.run(name, job)
    const answer = recent.get(key, run) as Promise<Outcome<T>>
    const outcome = await patiently(answer, patienceMs).catch((error: Error) => ({
      fault: error.name === 'AbortError' ? TOO_LONG : error.message,
    }))
    if (outcome === 'reading') return outcome
    if ('result' in outcome) return outcome.result
    recent.forget(key)
    return complain(outcome.fault)
  }
  return {
    ...createBuildQuestions({ ask, complain }),
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
    stop: () => {
      isStopped = true
      return thread.stop()
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

/** What takes longer goes on, and is remembered for whoever asks again. */
async function patiently<T>(answer: Promise<T>, patienceMs: number): Promise<T | 'reading'> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'reading'>((resolve) => {
    timer = setTimeout(resolve, patienceMs, 'reading')
  })
  try {
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}
