/**
 * Leaves the pools of a campaign as they are when its events look like a flood of robots: many times as many as usual, or
 * more clicks than impressions. Counting goes on; a person decides when its pools go on, too.
 *
 * What is usual is learned by campaign, for a minute before anything is judged, and then over ten minutes. A campaign may have
 * so many events at once as it usually has in 10 s times the allowed factor.
 */
import type { Guarded } from '../../contract/guarded.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { Campaigns, PairCounts } from '../state/pair-counts.ts'

/** Milliseconds after the first events of a campaign in which it is not judged: what was written before is read then. */
const LEARN_MS = 60_000
/** Milliseconds over which the usual rate is averaged. */
const USUAL_MS = 600_000
/** Seconds of the greatest allowed rate that may come at once. */
const BURST_SECONDS = 10
/** Events that any campaign may have at once, and a second: fewer are no flood. */
const LEAST_BURST = 500
const LEAST_RATE = 50
/** Clicks before they are compared with impressions. */
const LEAST_CLICKS = 100

/** What is known of a campaign. */
interface Known {
  readonly firstMs: number
  readonly first: Totals
  seenMs: number
  events: number
  /** Events a second. */
  usual: number
  /** Events that it may still have at once. */
  room: number
}

interface Totals {
  readonly dataset: Dataset
  readonly campaignId: number
  readonly impressions: number
  readonly clicks: number
}

/** Guards the campaigns of one follower. */
export class Guard {
  readonly #factor: number
  readonly #known = new Map<string, Known>()
  readonly #frozen: Map<string, Guarded>

  /**
   * @param factor - How many times its usual rate a campaign may have.
   * @param frozen - Campaigns that are left as they are already.
   */
  constructor(factor: number, frozen: readonly Guarded[] = []) {
    this.#factor = factor
    this.#frozen = new Map(frozen.map((one) => [keyOf(one.dataset, one.campaign_id), one]))
  }

  /** Campaigns that are left as they are. */
  get frozen(): readonly Guarded[] {
    return [...this.#frozen.values()]
  }

  /**
   * Looks at what was counted.
   *
   * @returns Campaigns that are left as they are from now on.
   */
  judge(counts: PairCounts, nowMs: number): readonly Guarded[] {
    const added: Guarded[] = []
    for (const totals of addUp(counts)) {
      const { dataset, campaignId: campaign_id } = totals
      const key = keyOf(dataset, campaign_id)
      const reason = this.#observe(key, totals, nowMs)
      if (reason === null || this.#frozen.has(key)) continue
      const one = { dataset, campaign_id, reason, since: new Date(nowMs).toISOString() }
      this.#frozen.set(key, one)
      added.push(one)
    }
    return added
  }

  /** Leaves out campaigns that are left as they are. */
  filter(touched: Campaigns): Map<Dataset, readonly number[]> {
    const allowed = [...touched].map(([dataset, ids]) => {
      return [dataset, ids.filter((id) => !this.#frozen.has(keyOf(dataset, id)))] as const
    })
    return new Map(allowed.filter(([, ids]) => ids.length > 0))
  }

  /** Lets all go on; what they have now is where they begin. */
  release(): void {
    this.#frozen.clear()
    this.#known.clear()
  }

  /** @returns Why the campaign looks flooded; null: it does not. */
  #observe(key: string, totals: Totals, nowMs: number): string | null {
    const events = totals.impressions + totals.clicks
    const known = this.#known.get(key)
    if (known === undefined) {
      const start = { firstMs: nowMs, first: totals, seenMs: nowMs, events, usual: 0 }
      this.#known.set(key, { ...start, room: LEAST_BURST })
      return null
    }
    const [more, elapsedMs] = [events - known.events, Math.max(0, nowMs - known.seenMs)]
    const { usual } = known
    const isLearning = nowMs - known.firstMs < LEARN_MS
    const allowed = Math.max(LEAST_RATE, this.#factor * usual)
    const burst = Math.max(LEAST_BURST, BURST_SECONDS * this.#factor * usual)
    known.room = Math.min(burst, known.room + (allowed * elapsedMs) / 1_000) - more
    learn(known, {
      more,
      elapsedMs,
      isLearning,
      nowMs,
      total: events - known.first.impressions - known.first.clicks,
    })
    Object.assign(known, { seenMs: nowMs, events })
    if (isLearning) {
      known.room = Math.max(known.room, LEAST_BURST)
      return null
    }
    if (known.room < 0) return `${more} events at once, ${formatRate(usual)} a second are usual`
    const clicks = totals.clicks - known.first.clicks
    const impressions = totals.impressions - known.first.impressions
    if (clicks < LEAST_CLICKS || clicks <= impressions) return null
    return `${clicks} clicks and ${impressions} impressions`
  }
}

interface Learned {
  readonly more: number
  readonly elapsedMs: number
  readonly isLearning: boolean
  readonly nowMs: number
  /** Since the first look. */
  readonly total: number
}

/** At first the plain mean, then one that forgets. */
function learn(known: Known, { more, elapsedMs, isLearning, nowMs, total }: Learned): void {
  if (isLearning) known.usual = (total * 1_000) / Math.max(LEARN_MS, nowMs - known.firstMs)
  else {
    const kept = known.usual * Math.exp(-elapsedMs / USUAL_MS)
    known.usual = kept + (more * 1_000) / USUAL_MS
  }
}

function formatRate(rate: number): string {
  return rate.toFixed(rate < 10 ? 1 : 0)
}

/** By campaign, in the order in which they come. */
function addUp({ size, dataset, campaign, impressions, clicks }: PairCounts): readonly Totals[] {
  const sums = new Map<string, { -readonly [Name in keyof Totals]: Totals[Name] }>()
  for (let pair = 0; pair < size; pair += 1) {
    const own = dataset[pair] as Dataset
    const campaignId = Number(campaign[pair])
    const key = keyOf(own, campaignId)
    const sum = sums.get(key) ?? { dataset: own, campaignId, impressions: 0, clicks: 0 }
    sum.impressions += Number(impressions[pair])
    sum.clicks += Number(clicks[pair])
    sums.set(key, sum)
  }
  return [...sums.values()]
}

function keyOf(dataset: number, campaignId: number): string {
  return `${dataset} ${campaignId}`
}
