import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { Dataset, Manifest, Table } from '../../../contract/schema.ts'
import type { Ranker } from '../../../pipeline/rank/ranker.ts'
import { CountsState } from '../../../pipeline/state/state.ts'
import { hashOutputs } from '../../../scripts/lib/outputs.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'
import { size } from '../../helpers/size.ts'
import { growingWorlds, textOf } from '../../helpers/state/growing-world.ts'
import { createStateRanker } from '../../helpers/state/state-ranker.ts'

const pieces = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 40 })

const NO_RANKER: Ranker = {
  readsCleanFiles: false,
  async rank() {
    throw new Error('ranked from the files')
  },
}

describe('createStateRanker', () => {
  test.prop([growingWorlds, pieces], { numRuns: size(2, 120) })(
    'makes the bytes, rejects, accounts and measures of a build from the same files',
    async (world, order) => {
      const texts = world.files.map((file) => [file.path, textOf(file, 0, file.lines.length)])
      const files: Record<string, string> = { ...smallWorld(), ...Object.fromEntries(texts) }
      await withBuild(
        files,
        async (batch) => {
          const state = readInPieces(files, batch.manifest, order)
          const ranker = createStateRanker(state, NO_RANKER)
          await withBuild(
            files,
            async (counted) => {
              expect(await hashOutputs(counted.out)).toEqual(await hashOutputs(batch.out))
              expect(contentOf(counted.manifest)).toEqual(contentOf(batch.manifest))
            },
            { maxRejectShare: 1, ranker },
          )
        },
        { maxRejectShare: 1 },
      )
    },
  )
})

/** Reads files in pieces, in the order that the numbers choose; cuts stand at line ends only. */
function readInPieces(
  files: Readonly<Record<string, string>>,
  { inputs }: Manifest,
  order: readonly (readonly [number, number])[],
): CountsState {
  const state = new CountsState({ renames: [] })
  const rest = inputs.map((_, index) => [index, Number.POSITIVE_INFINITY] as const)
  const at = inputs.map(() => 0)
  for (const [choice, amount] of [...order, ...rest]) {
    const index = choice % inputs.length
    const { dataset, table, path, status } = inputs[index] as Manifest['inputs'][number]
    const from = at[index] as number
    const lines = (files[path] ?? '').split(/(?<=\n)/).slice(from)
    const taken = lines.slice(0, Number.isFinite(amount) ? 1 + (amount % lines.length) : undefined)
    const bytes = Buffer.from(taken.join(''))
    const name = { dataset: dataset as Dataset, table: table as Table, path }
    state.add({ ...name, firstLine: from + 1, bytes, isDuplicate: status === 'duplicate' })
    at[index] = from + taken.length
  }
  return state
}

/** All that the lines decide. */
function contentOf({ build_id, inputs, measures, checks, outputs, warnings }: Manifest) {
  const parquet = outputs.filter(({ file }) => file.endsWith('.parquet'))
  return { build_id, inputs, measures, checks, warnings, outputs: parquet }
}
