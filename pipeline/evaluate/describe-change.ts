/** A change of pools in money, for people: of two builds, or of other sizes. */
import { formatEstimate } from '../../contract/evaluation-words.ts'
import type { Dataset } from '../../contract/schema.ts'
import type { ChangeWords } from '../ask/diff.ts'
import type { ValueBeforeAfter, ValueDiff } from './compare-builds.ts'
import { formatGain } from './format.ts'
import type { PoolGain } from './gain.ts'
import type { GainAnswer } from './measure.ts'
import { type PoolsValue, poolKey } from './read-values.ts'

/** Says what two builds are worth, each by its own log. */
export function describeValues({ value, pool_values }: ValueDiff): ChangeWords {
  const pools = new Map(pool_values.map((pool) => [findKey(pool), pool]))
  return {
    totals: [describeTotals(value)],
    describePool(dataset, campaign) {
      const pool = pools.get(poolKey(dataset, campaign))
      if (pool === undefined) return null
      return poolLine(dataset, campaign, describeBeforeAfter(pool))
    },
  }
}

function describeTotals(value: ValueBeforeAfter): string {
  if (value.old === null && value.new === null) {
    return 'value     unknown: build both with --evaluate'
  }
  return `value     ${describeBeforeAfter(value)}; two logs, so no range of the difference`
}

function describeBeforeAfter({ old: before, new: after }: ValueBeforeAfter): string {
  return `brought ${formatValue(before)} before, ${formatValue(after)} now, per 1,000 impressions`
}

function formatValue(value: PoolsValue | null): string {
  return value === null ? 'unknown' : formatEstimate(value.honest)
}

/** Says what other sizes would bring, and in which pools that is more than chance. */
export function describeGain({ gain, pool_gains }: GainAnswer): ChangeWords {
  const pools = new Map(pool_gains.map((pool) => [findKey(pool), pool]))
  const shown = pool_gains.filter(({ within_chance }) => !within_chance).length
  const totals =
    pool_gains.length === 0
      ? []
      : [
          `value     ${formatGain(gain)} per 1,000 impressions on clicks that did not choose${judgeGain(gain)}`,
          `          ${shown} of ${pool_gains.length} changed pools bring more or less than chance explains`,
        ]
  return {
    totals,
    describePool(dataset, campaign) {
      const pool = pools.get(poolKey(dataset, campaign))
      return pool === undefined ? null : poolLine(dataset, campaign, describePoolGain(pool))
    },
  }
}

function judgeGain({ low, high }: GainAnswer['gain']): string {
  return low !== null && high !== null && (low > 0 || high < 0) ? '' : ': within chance'
}

function describePoolGain({ gain, within_chance }: PoolGain): string {
  return `${formatGain(gain)} per 1,000 impressions${within_chance ? ', within chance' : ''}`
}

function findKey({ dataset, campaign_id }: { dataset: Dataset; campaign_id: number }): string {
  return poolKey(dataset, campaign_id)
}

function poolLine(dataset: Dataset, campaign: number, words: string): string {
  return `pool      dataset ${dataset}  campaign ${campaign}  ${words}`
}
