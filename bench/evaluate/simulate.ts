/** Evaluates worlds of which the truth is known, and counts how often the evaluation is right. */
import type { Estimate, Evaluation } from '../../contract/evaluation.ts'
import { countTraining } from '../../pipeline/evaluate/campaign.ts'
import { chooseByRevenue } from '../../pipeline/evaluate/cross-fit.ts'
import { evaluateCampaigns } from '../../pipeline/evaluate/evaluate.ts'
import { createRandom } from './random.ts'
import { drawWorld, type KnownCampaign, type WorldOptions } from './world.ts'

/** Of pools, as in sql/staging/rules.sql. */
const SIZES = { top: 10, fill: 5 }

/** Any two seeds are far apart. */
const SEED_STEP = 1_000_003

/** How often something was so, of how many times. */
export interface Share {
  readonly count: number
  readonly of: number
}

/** What came of the worlds of one kind. Intervals of `total` are of all campaigns together, of `single` of one. */
export interface Simulated {
  readonly worlds: number
  /** Intervals that hold the truth. */
  readonly honest: Share
  readonly chance: Share
  readonly lift: Share
  readonly single: Share
  /** p ≤ 0.05, of all campaigns together and of one. */
  readonly found: Share
  readonly foundSingle: Share
  /** Worlds with the verdict that the rule beats chance, or loses to it. */
  readonly beats: Share
  readonly loses: Share
  /** Pools with the verdict that the rule beats chance, and those where in truth it does not. */
  readonly beatsSingle: Share
  readonly falseFindings: Share
  /** Mean of honest less its truth, in percent of the truth: 0 without bias. */
  readonly bias: number
}

type Counts = Record<Exclude<keyof Simulated, 'worlds' | 'bias'>, { count: number; of: number }>

/**
 * Simulates worlds of one kind.
 *
 * @param seed - World i is drawn from seed × 1,000,003 + i.
 */
export function simulate(options: WorldOptions, seed: number, worlds: number): Simulated {
  const counts = startCounts()
  let [difference, truth] = [0, 0]
  for (let world = 0; world < worlds; world += 1) {
    const known = drawWorld(options, createRandom(seed * SEED_STEP + world))
    const campaigns = known.map(({ campaign }) => campaign)
    const sizes = SIZES
    const evaluation = evaluateCampaigns({ campaigns, thinClicks: new Map(), sizes, isBrief: true })
    const truths = known.map(findTruth)
    const total = countTotal(counts, { known, evaluation, truths })
    countSingle(counts, evaluation, truths)
    difference += (evaluation.overall.honest.value ?? 0) - total.honest
    truth += total.honest
  }
  return { worlds, ...counts, bias: (100 * difference) / truth }
}

function startCounts(): Counts {
  const none = () => ({ count: 0, of: 0 })
  return {
    ...{ honest: none(), chance: none(), lift: none(), single: none(), found: none() },
    ...{ foundSingle: none(), beats: none(), loses: none(), beatsSingle: none() },
    falseFindings: none(),
  }
}

/** What the pools of the folds, and any banner, bring in truth. */
interface Truth {
  readonly honest: number
  readonly chance: number
}

/** The mean value of the ten pools that were chosen without a fold: what `honest` claims to be. */
function findTruth({ campaign, values }: KnownCampaign): Truth {
  const folds = countTraining(campaign)
  const { folds: chosen } = chooseByRevenue({ campaign, folds, sizes: SIZES })
  const means = chosen.map(({ pool }) => mean(pool.places.map((place) => values[place] ?? 0)))
  return { honest: mean(means), chance: mean([...values]) }
}

function countTotal(
  counts: Counts,
  {
    known,
    evaluation,
    truths,
  }: { known: KnownCampaign[]; evaluation: Evaluation; truths: Truth[] },
): Truth {
  const weights = known.map(({ campaign }) => campaign.impressions.reduce((a, b) => a + b))
  const all = weights.reduce((a, b) => a + b)
  const weighted = (name: keyof Truth) =>
    truths.reduce((sum, truth, index) => sum + (truth[name] * (weights[index] ?? 0)) / all, 0)
  const truth = { honest: weighted('honest'), chance: weighted('chance') }
  const { honest, chance, lift, p_value, verdict } = evaluation.overall
  countCovered(counts.honest, honest, truth.honest)
  countCovered(counts.chance, chance, truth.chance)
  countCovered(counts.lift, lift, truth.honest - truth.chance)
  if (p_value !== null) count(counts.found, p_value <= 0.05)
  count(counts.beats, verdict === 'the rule beats chance')
  count(counts.loses, verdict === 'the rule loses to chance')
  return truth
}

function countSingle(counts: Counts, { pools }: Evaluation, truths: readonly Truth[]): void {
  for (const [index, { honest, p_value, verdict }] of pools.entries()) {
    const truth = truths[index]
    if (truth === undefined) throw new Error('a pool without a truth')
    countCovered(counts.single, honest, truth.honest)
    if (p_value !== null) count(counts.foundSingle, p_value <= 0.05)
    const beats = verdict === 'the rule beats chance'
    count(counts.beatsSingle, beats)
    // Equal banners: the difference is 0 but for the last digits.
    if (beats) count(counts.falseFindings, truth.honest - truth.chance <= 1e-9 * truth.chance)
  }
}

function countCovered(
  share: { count: number; of: number },
  estimate: Estimate,
  truth: number,
): void {
  const { low, high } = estimate
  if (low !== null && high !== null) count(share, low <= truth && truth <= high)
}

function count(share: { count: number; of: number }, isSo: boolean): void {
  share.of += 1
  if (isSo) share.count += 1
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
