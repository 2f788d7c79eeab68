/** Pools chosen without a fold and valued on it: what a rule brings on clicks that it has not seen. */
import type { PoolSizes } from '../rank/ranker.ts'
import { type Campaign, type Counts, FOLDS, MILLIONTHS } from './campaign.ts'
import { type Chooser, choosePool, type Pool, wouldLeave } from './choose.ts'

/** How a rule orders converted banners, in one fold. */
export interface Scoring {
  readonly scores: Float64Array
  /** What a banner's score loses with a click of this revenue, in the unit of the input. */
  readonly loss: (place: number, revenue: number) => number
}

/** What a rule chooses in every fold. */
export interface Choice {
  readonly folds: readonly FoldChoice[]
  /** Fewest impressions of any banner that it chooses; null if none has any. */
  readonly fewest: number | null
}

/** What it chooses in one. */
interface FoldChoice {
  readonly chooser: Chooser
  readonly pool: Pool
  readonly loss: Scoring['loss']
  /** 1 for the places that are in the pool. */
  readonly isIn: Uint8Array
  /** Of each banner of the pool: 1 / those with impressions; 0 if none has. */
  readonly share: number
}

/** The training counts of each fold, and the sizes of pools. */
export interface Training {
  readonly campaign: Campaign
  readonly folds: readonly Counts[]
  readonly sizes: PoolSizes
}

/** The rules' own order: revenue. */
export function scoreByRevenue({ revenues }: Counts): Scoring {
  return {
    scores: revenues.map((revenue) => revenue / MILLIONTHS),
    loss: (_, revenue) => revenue,
  }
}

/** Chooses the pool of every fold on the other nine. */
export function chooseInFolds(training: Training, scoring: (fold: number) => Scoring): Choice {
  const { campaign, folds, sizes } = training
  let fewest: number | null = null
  const chosen = folds.map((counts, fold): FoldChoice => {
    const { scores, loss } = scoring(fold)
    const chooser = { campaign, counts, scores, sizes }
    const pool = choosePool(chooser)
    const isIn = new Uint8Array(campaign.bannerIds.length)
    let shown = 0
    for (const place of pool.places) {
      isIn[place] = 1
      const impressions = campaign.impressions[place] ?? 0
      if (impressions === 0) continue
      shown += 1
      fewest = fewest === null ? impressions : Math.min(fewest, impressions)
    }
    return { chooser, pool, loss, isIn, share: shown === 0 ? 0 : 1 / shown }
  })
  return { folds: chosen, fewest }
}

/** Chooses the pool of every fold by the four rules themselves. */
export function chooseByRevenue(training: Training): Choice {
  return chooseInFolds(training, (fold) => {
    const counts = training.folds[fold]
    if (counts === undefined) throw new Error(`no such fold: ${fold}`)
    return scoreByRevenue(counts)
  })
}

/** A sum of weighted clicks and its variance. */
export interface Valued {
  readonly value: number
  readonly variance: number
}

/**
 * Values a choice: Σ w·u over the converted clicks, u by the fold of each click, and its variance.
 *
 * @param other - If given, u and D are the differences to this choice: a paired gain.
 */
export function valueChoice(campaign: Campaign, choice: Choice, other?: Choice): Valued {
  const { places, revenues, folds } = campaign.converted
  let value = 0
  let variance = 0
  let from = 0
  while (from < places.length) {
    const place = places[from] ?? 0
    let to = from
    const crossed = new Crossing()
    const impressions = campaign.impressions[place] ?? 0
    for (; to < places.length && places[to] === place; to += 1) {
      if (impressions === 0) continue
      const fold = folds[to] ?? 0
      const revenue = (revenues[to] ?? 0) / MILLIONTHS
      const weight = (revenue * 1000) / impressions
      const share = shareIn(choice, fold, place) - (other ? shareIn(other, fold, place) : 0)
      value += weight * share
      variance += (weight * share) ** 2
      crossed.add(choice, { place, fold, revenue, weight })
      if (other !== undefined) crossed.add(other, { place, fold, revenue, weight: -weight })
    }
    variance += crossed.sum()
    from = to
  }
  return { value, variance }
}

/** Values every candidate with impressions alike: any banner at random. */
export function valueChance(campaign: Campaign, candidates: number): Valued {
  const { places, revenues } = campaign.converted
  let value = 0
  let variance = 0
  for (const [index, place] of places.entries()) {
    const impressions = campaign.impressions[place] ?? 0
    if (impressions === 0) continue
    const part = ((revenues[index] ?? 0) / MILLIONTHS / impressions) * (1000 / candidates)
    value += part
    variance += part ** 2
  }
  return { value, variance }
}

/** What a converted click of this fold and banner counts by: 1 / banners of the pool of its fold, 0 outside it. */
export function shareIn({ folds }: Choice, fold: number, place: number): number {
  const chosen = folds[fold]
  return chosen?.isIn[place] === 1 ? chosen.share : 0
}

/** One converted click on a banner, with the weight w that it counts by. */
interface Click {
  readonly place: number
  readonly fold: number
  readonly revenue: number
  readonly weight: number
}

/** A[k, l] of one banner: what its clicks of fold k weigh that decide its place in the pool of fold l. */
class Crossing {
  readonly #sums = new Float64Array(FOLDS * FOLDS)
  #isEmpty = true

  add(choice: Choice, { place, fold, revenue, weight }: Click): void {
    for (const [index, { chooser, pool, isIn, share, loss }] of choice.folds.entries()) {
      if (index === fold || isIn[place] === 0 || share === 0) continue
      if (!wouldLeave(chooser, pool, { place, loss: loss(place, revenue) })) continue
      const at = fold * FOLDS + index
      this.#sums[at] = (this.#sums[at] ?? 0) + weight * share
      this.#isEmpty = false
    }
  }

  /** Σ over k ≠ l of A[k, l] · A[l, k]. */
  sum(): number {
    if (this.#isEmpty) return 0
    let total = 0
    for (let k = 0; k < FOLDS; k += 1) {
      for (let l = 0; l < k; l += 1) {
        total += 2 * (this.#sums[k * FOLDS + l] ?? 0) * (this.#sums[l * FOLDS + k] ?? 0)
      }
    }
    return total
  }
}
