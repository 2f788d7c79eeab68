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
  it('has the values of both evaluations, and of the pools that changed', async () => {
    await withFolder(async (folder) => {
      const out = join(folder, 'out')
      const build = async (seed: number, isEvaluated: boolean) => {
        const evaluate = isEvaluated ? addEvaluation : null
        const input = join(folder, `in${seed}`)
        await writeFiles(input, makeRandomLogs(seed))
        const options = { ...BUILD_DEFAULTS, input, out, maxRejectShare: 1, evaluate }
        const { build_id } = await buildPools(options)
        return { build_id, ...roundNumbers(await evaluateLog(options)) }
      }
      const [older, newer] = [await build(1, true), await build(2, true)]
      const ask = () =>
        diffBuilds({ oldBuild: older.build_id, newBuild: out, artifacts: out }, compareValues)

      const { value, pool_values, changes, changed_pools } = await ask()

      const { honest, chance, verdict } = newer.overall
      expect(value.new).toEqual({ honest, chance, verdict })
      expect(value.old?.honest).toEqual(older.overall.honest)
      expect(pool_values.length).toBe(changed_pools)
      const [first] = pool_values
      const own = older.pools.find(
        (pool) => pool.dataset === first?.dataset && pool.campaign_id === first.campaign_id,
      )
      expect(first).toMatchObject({
        dataset: changes[0]?.dataset,
        campaign_id: changes[0]?.campaign_id,
        old: { honest: own?.honest, chance: own?.chance, verdict: own?.verdict },
      })

      await writeFile(join(out, 'current/evaluation.parquet'), 'altered')
      const altered = await ask()

      expect([altered.value.new, altered.value.old?.verdict]).toEqual([null, older.overall.verdict])
      expect(altered.pool_values.every((pool) => pool.new === null)).toBe(true)
    })
  })

  it('has no values of builds that were not evaluated', async () => {
    await withFolder(async (folder) => {
      const [input, out] = [join(folder, 'in'), join(folder, 'out')]
      await writeFiles(input, makeRandomLogs(1))
      await buildPools({ ...BUILD_DEFAULTS, input, out, maxRejectShare: 1 })

      const diff = await diffBuilds({ oldBuild: out, newBuild: out, artifacts: out }, compareValues)

      expect(diff).toMatchObject({ value: { old: null, new: null }, pool_values: [] })
    })
  })
})
