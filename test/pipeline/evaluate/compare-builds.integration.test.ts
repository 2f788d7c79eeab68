import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diffBuilds } from '../../../pipeline/ask/diff.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { addEvaluation, BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { compareValues } from '../../../pipeline/evaluate/compare-builds.ts'
import { evaluateLog } from '../../../pipeline/evaluate/log.ts'
import { roundNumbers } from '../../../pipeline/evaluate/round.ts'
import { makeRandomLogs } from '../../helpers/evaluate/logs.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

describe('compareValues', () => {
  it('has the values of an evaluated build and of its pools that changed, and none of another', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, 'out')
      const build = async (seed: number, evaluate: typeof addEvaluation | null) => {
        const input = join(folder, `in${seed}`)
        await writeFiles(input, makeRandomLogs(seed))
        const options = { ...BUILD_DEFAULTS, input, out, maxRejectShare: 1, evaluate }
        return { options, ...(await buildPools(options)) }
      }
      const older = await build(1, addEvaluation)
      await build(2, null)
      const { overall, pools } = roundNumbers(await evaluateLog(older.options))
      const ask = () =>
        diffBuilds({ oldBuild: older.build_id, newBuild: out, artifacts: out }, compareValues)

      const { value, pool_values, changes, changed_pools } = await ask()

      const { honest, chance, verdict } = overall
      expect(value).toEqual({ old: { honest, chance, verdict }, new: null })
      expect(pool_values.length).toBe(changed_pools)
      const [first] = changes
      const own = pools.find(
        (pool) => pool.dataset === first?.dataset && pool.campaign_id === first.campaign_id,
      )
      expect(pool_values[0]).toEqual({
        dataset: first?.dataset,
        campaign_id: first?.campaign_id,
        old: { honest: own?.honest, chance: own?.chance, verdict: own?.verdict },
        new: null,
      })

      await writeFile(join(out, 'builds', older.build_id, 'evaluation.parquet'), 'altered')

      expect(await ask()).toMatchObject({ value: { old: null, new: null }, pool_values: [] })
    })
  })
})
