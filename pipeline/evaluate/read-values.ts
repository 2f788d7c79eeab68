/** What a published build says of its own pools in money. */
import { join } from 'node:path'
import { EVALUATION_COLUMNS, type PublishedRow, pickColumns } from '../../contract/columns.ts'
import {
  type Estimate,
  readEvaluation,
  type Verdict,
  verifyEvaluation,
} from '../../contract/evaluation.ts'
import { type Dataset, EVALUATION_FILE } from '../../contract/schema.ts'
import { literalPath, quotedString, readRows, withDatabase } from '../base/database.ts'

/** Of one pool, or of all of a build. */
export interface PoolsValue {
  readonly honest: Estimate
  readonly chance: Estimate
  readonly verdict: Verdict
}

/** The values of a build. */
export interface BuildValues {
  readonly overall: PoolsValue
  /** By {@link poolKey}. */
  readonly pools: ReadonlyMap<string, PoolsValue>
}

const READER = { threads: 2, memoryLimit: '1GB' }

/** The columns of a pool's value. */
const WANTED = pickColumns(EVALUATION_COLUMNS, [
  ...(['dataset', 'campaign_id', 'verdict', 'honest', 'honest_low', 'honest_high'] as const),
  ...(['chance', 'chance_low', 'chance_high'] as const),
])

/** The verdict of a pool is never null, only that of a banner's row. */
type Row = PublishedRow<typeof WANTED> & { readonly verdict: Verdict }

/** Names a pool. */
export function poolKey(dataset: Dataset, campaign: number): string {
  return `${dataset} ${campaign}`
}

/**
 * Reads the evaluation beside a build.
 *
 * @param folder - Of the build.
 * @returns Null if it has none that is intact.
 */
export async function readValues(folder: string, buildId: string): Promise<BuildValues | null> {
  const document = await readEvaluation(folder, buildId)
  if (document === null || !(await verifyEvaluation(folder, document))) return null
  const { honest, chance, verdict } = document.overall
  const path = quotedString(literalPath(join(folder, EVALUATION_FILE)))
  const rows = await withDatabase(':memory:', READER, (connection) =>
    readRows<Row>(
      connection,
      `select ${Object.keys(WANTED).join(', ')}
       from read_parquet(${path})
       where banner_id is null
       order by dataset, campaign_id`,
    ),
  )
  const pools = rows.map((row) => [poolKey(row.dataset, row.campaign_id), rowValue(row)] as const)
  return { overall: { honest, chance, verdict }, pools: new Map(pools) }
}

function rowValue(row: Row): PoolsValue {
  return {
    honest: { value: row.honest, low: row.honest_low, high: row.honest_high },
    chance: { value: row.chance, low: row.chance_low, high: row.chance_high },
    verdict: row.verdict,
  }
}
