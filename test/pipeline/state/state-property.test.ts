import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { openState, type StoredState } from '../../../pipeline/state/saved-state.ts'
import { CountsState } from '../../../pipeline/state/state.ts'
import { withFolder } from '../../helpers/folders.ts'
import { size } from '../../helpers/size.ts'
import { describePairs, describeState } from '../../helpers/state/describe-state.ts'
import { growingWorlds, textOf, type WorldFile } from '../../helpers/state/growing-world.ts'
import { addPiece, piecesOf, type ReadLines } from '../../helpers/state/read-world.ts'
import { recount } from '../../helpers/state/recount.ts'

describe('CountsState', () => {
  test.prop([growingWorlds], { numRuns: size(30, 5_000) })(
    'has the counts and accounts of a recount after every piece, in any order',
    (world) => {
      const state = new CountsState({ renames: [] })
      const known = new Map<string, string>()
      const read = new Map<string, number>()

      for (const piece of piecesOf(world)) {
        addPiece(state, piece, read)

        const expected = recount(world.files, read)
        applyTouched(known, state)
        expect(describeState(state)).toEqual(expected)
        expect(Object.fromEntries(known)).toEqual(expected.pairs)
      }
    },
  )

  test.prop([growingWorlds, fc.array(fc.constantFrom('go on', 'save', 'kill'), { minLength: 1 })], {
    numRuns: size(15, 1_000),
  })('has the counts of a recount after saves and kills', async (world, events) => {
    await withFolder(async (folder) => {
      let stored = await openOrFail(folder)
      let read = new Map<string, number>()
      let saved: ReadLines = new Map()

      for (const [index, piece] of piecesOf(world).entries()) {
        addPiece(stored.state, piece, read)
        const event = events[index % events.length]
        if (event === 'save') {
          await stored.save()
          saved = new Map(read)
        }
        if (event === 'kill') {
          stored.close()
          stored = await openOrFail(folder)
          read = new Map(saved)
          expect(await resumeAll(stored.state, world.files, read)).toBe(true)
        }
        expect(describeState(stored.state)).toEqual(recount(world.files, read))
      }
      stored.close()
    })
  })
})

function openOrFail(folder: string): Promise<StoredState> {
  return openState(folder, { renames: [] }, (reason) => {
    throw new Error(reason)
  })
}

async function resumeAll(
  state: CountsState,
  files: readonly WorldFile[],
  read: ReadLines,
): Promise<boolean> {
  const known = files.filter(({ path }) => read.has(path))
  const resumed = await Promise.all(
    known.map((file) =>
      state.resume(file, [Buffer.from(textOf(file, 0, read.get(file.path) ?? 0))]),
    ),
  )
  return resumed.every(Boolean)
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
