import { test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { CountsState } from '../../../pipeline/state/state.ts'
import { size } from '../../helpers/size.ts'
import { describePairs, describeState } from '../../helpers/state/describe-state.ts'
import {
  type GrowingWorld,
  growingWorlds,
  textOf,
  type WorldFile,
} from '../../helpers/state/growing-world.ts'
import { recount } from '../../helpers/state/recount.ts'

describe('CountsState', () => {
  test.prop([growingWorlds], { numRuns: size(60, 5_000) })(
    'has the counts and accounts of a recount after every piece, in any order',
    (world) => {
      const state = new CountsState({ renames: [] })
      const known = new Map<string, string>()

      for (const read of readInOrder(world, state)) {
        const expected = recount(world.files, read)
        applyTouched(known, state)
        expect(describeState(state)).toEqual(expected)
        expect(Object.fromEntries(known)).toEqual(expected.pairs)
      }
    },
  )
})

/** Reads piece by piece, and gives how many lines of each file are read after each. At the end all are. */
function* readInOrder(
  { files, order }: GrowingWorld,
  state: CountsState,
): Generator<ReadonlyMap<string, number>> {
  const read = new Map<string, number>()
  const rest = files.map((_, index) => [index, Number.POSITIVE_INFINITY] as const)
  for (const [choice, lines] of [...order, ...rest]) {
    const file = files[choice % files.length]
    if (file === undefined) continue
    addPiece(state, file, read, lines)
    yield read
  }
}

function addPiece(
  state: CountsState,
  file: WorldFile,
  read: Map<string, number>,
  lines: number,
): void {
  const { dataset, table, path } = file
  const known = read.get(path)
  const from = known ?? 0
  const to = Math.min(file.lines.length, from + lines)
  const text = textOf(file, from, to)
  const ownText = known === undefined || from > 0 ? text : text.slice(text.indexOf('\n') + 1)
  const firstLine = known === undefined ? 1 : from + 2
  state.add({ dataset, table, path, firstLine, bytes: Buffer.from(ownText) })
  read.set(path, to)
}

/** What a reader knows who takes only the campaigns that were touched. */
function applyTouched(known: Map<string, string>, state: CountsState): void {
  const touched = state.takeTouched()
  for (const key of known.keys()) {
    const [dataset, campaign] = key.split('|').map(Number)
    for (const [one, campaigns] of touched) {
      if (one === dataset && campaigns.includes(campaign ?? 0)) known.delete(key)
    }
  }
  for (const [key, text] of Object.entries(describePairs(state.pairs(touched))))
    known.set(key, text)
}
