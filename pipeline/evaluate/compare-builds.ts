/** Two builds in money: what each says of its own pools. They have two logs, so their difference has no interval. */
import type { Dataset } from '../../contract/schema.ts'
import { type BuildValues, type PoolsValue, poolKey, readValues } from './read-values.ts'

/** A value before and after; null = that build was not evaluated, or has no such pool. */
export interface ValueBeforeAfter {
  readonly old: PoolsValue | null
  readonly new: PoolsValue | null
}

/** What `pools diff` tells in money. */
export interface ValueDiff {
  readonly value: ValueBeforeAfter
  /** Of the pools that changed; none if neither build was evaluated. */
  readonly pool_values: readonly (ValueBeforeAfter & {
    readonly dataset: Dataset
    readonly campaign_id: number
  })[]
}

/** A build that is compared. */
export interface ComparedBuild {
  readonly folder: string
  readonly manifest: { readonly build_id: string }
}

/** A banner of a pool that changed. */
interface Change {
  readonly dataset: Dataset
  readonly campaign_id: number
}

/**
 * Reads what two builds are worth.
 *
 * @param changes - In the order of pools.
 */
export async function compareValues(
  [older, newer]: readonly [ComparedBuild, ComparedBuild],
  changes: readonly Change[],
): Promise<ValueDiff> {
  const before = await readValues(older.folder, older.manifest.build_id)
  const after = await readValues(newer.folder, newer.manifest.build_id)
  const value = { old: before?.overall ?? null, new: after?.overall ?? null }
  if (before === null && after === null) return { value, pool_values: [] }
  const pools = new Map(
    changes.map(({ dataset, campaign_id }) => [
      poolKey(dataset, campaign_id),
      { dataset, campaign_id },
    ]),
  )
  const valueIn = (values: BuildValues | null, key: string) => values?.pools.get(key) ?? null
  return {
    value,
    pool_values: [...pools].map(([key, pool]) => ({
      ...pool,
      old: valueIn(before, key),
      new: valueIn(after, key),
    })),
  }
}
