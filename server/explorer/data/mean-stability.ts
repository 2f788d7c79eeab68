/** How sure the places in a campaign's pools are on average, from `evaluation.parquet`. */
import type { EvaluationDocument } from '../../../contract/evaluation.ts'
import { DOUBLES, NUMBERS } from '../../parquet/values.ts'
import { withParquet } from './parquet-file.ts'

/**
 * Reads the mean stability of all places in the pools of each campaign.
 *
 * @param folder - Of the build.
 * @throws {ArtifactError} If the file is not the one that its summary speaks of, or is damaged.
 */
export function readMeanStabilities(
  folder: string,
  { output }: EvaluationDocument,
): Promise<ReadonlyMap<number, number>> {
  return withParquet({ folder, listed: output }, async (table) => {
    const sums = new Map<number, { sum: number; count: number }>()
    for (const group of table.groups) {
      const campaigns = new Float64Array(group.end - group.start)
      await table.readColumn(group, { name: 'campaign_id', kind: NUMBERS }, (row, value) => {
        campaigns[row] = value
      })
      // The row of a pool itself has none.
      await table.readColumn(group, { name: 'stability', kind: DOUBLES }, (row, value) => {
        const id = campaigns[row] ?? 0
        const known = sums.get(id) ?? { sum: 0, count: 0 }
        sums.set(id, { sum: known.sum + value, count: known.count + 1 })
      })
    }
    return new Map([...sums].map(([id, { sum, count }]) => [id, sum / count]))
  })
}
