/** What the evaluation beside a build says of one campaign, from `evaluation.parquet`. */
import {
  type EvaluatedPool,
  type EvaluationDocument,
  VERDICTS,
  type Verdict,
} from '../../../contract/evaluation.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import { ParquetError } from '../../parquet/fault.ts'
import type { RowGroup } from '../../parquet/footer.ts'
import type { ParquetTable } from '../../parquet/table.ts'
import { CODES, DOUBLES, NUMBERS, type ValueKind } from '../../parquet/values.ts'
import { withParquet } from './parquet-file.ts'

/** A pool of the campaign. */
export interface QuarterEvaluation
  extends Pick<EvaluatedPool, 'dataset' | 'naive' | 'honest' | 'chance' | 'verdict'> {
  /** Of each banner of the pool: share of half samples in which it is there, too. */
  readonly stabilities: ReadonlyMap<number, number>
}

/** The pools of a campaign by dataset. */
export type CampaignEvaluation = readonly QuarterEvaluation[]

/**
 * Reads the pools of a campaign.
 *
 * @param folder - Of the build.
 * @throws {ArtifactError} If the file is not the one that its summary speaks of, or is damaged.
 */
export function readCampaignEvaluation(
  folder: string,
  { output }: EvaluationDocument,
  campaignId: number,
): Promise<CampaignEvaluation> {
  return withParquet({ folder, listed: output }, async (table) => {
    const pools: QuarterEvaluation[] = []
    for (const group of table.groups) {
      if (!table.mayHold(group, 'campaign_id', campaignId)) continue
      await readGroup(table, group, { campaignId, pools })
    }
    return pools
  })
}

/** Rows of a pool may begin in one row group and end in the next. */
async function readGroup(
  table: ParquetTable,
  group: RowGroup,
  { campaignId, pools }: { campaignId: number; pools: QuarterEvaluation[] },
): Promise<void> {
  const rows: number[] = []
  await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
    if (value === campaignId) rows.push(row)
  })
  const wanted = new Set(rows)
  const read = async <T>(name: string, kind: ValueKind<T>) => {
    const values = new Map<number, T>()
    await table.readColumn(group, { name, kind }, (row, value) => {
      if (wanted.has(row)) values.set(row, value)
    })
    return (row: number) => values.get(row) ?? null
  }
  const dataset = await read('dataset', NUMBERS)
  const banner = await read('banner_id', NUMBERS)
  const stability = await read('stability', DOUBLES)
  const verdict = await read('verdict', CODES)
  const naive = await read('naive', DOUBLES)
  const honest = await readEstimates('honest', read)
  const chance = await readEstimates('chance', read)
  for (const row of rows) {
    const bannerId = banner(row)
    if (bannerId === null) {
      const names = { dataset: toDataset(dataset(row)), verdict: toVerdict(verdict(row)) }
      const values = { naive: naive(row), honest: honest(row), chance: chance(row) }
      pools.push({ ...names, ...values, stabilities: new Map() })
      continue
    }
    const stabilities = pools.at(-1)?.stabilities as Map<number, number> | undefined
    stabilities?.set(bannerId, stability(row) ?? 0)
  }
}

async function readEstimates(
  name: string,
  read: (name: string, kind: ValueKind<number>) => Promise<(row: number) => number | null>,
) {
  const value = await read(name, DOUBLES)
  const low = await read(`${name}_low`, DOUBLES)
  const high = await read(`${name}_high`, DOUBLES)
  return (row: number) => ({ value: value(row), low: low(row), high: high(row) })
}

function toDataset(value: number | null): Dataset {
  const dataset = DATASETS.find((one) => one === value)
  if (dataset === undefined) throw new ParquetError(`has the dataset ${value}`)
  return dataset
}

function toVerdict(value: string | null): Verdict {
  const verdict = VERDICTS.find((one) => one === value)
  if (verdict === undefined) throw new ParquetError('has a verdict that is not known')
  return verdict
}
