/** Shards that are killed, repeated and given more files: the bytes of one process. */
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScannedStore } from '../../pipeline/scanned/store.ts'
import { smallWorld } from '../helpers/builds.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { buildAlone, buildScanned, describeBuild, scan } from '../helpers/scanned.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'
import { csvFilesOf, worlds } from '../helpers/worlds.ts'

/** A store that fails after so many writes, as if its process were killed: what was under way is not there. */
function killedAfter(writes: number): (store: ScannedStore) => ScannedStore {
  let left = writes
  function count(): void {
    left -= 1
    if (left < 0) throw new Error('killed')
  }
  return (store) => ({
    ...store,
    put: (...args) => {
      count()
      return store.put(...args)
    },
    writeRecord: (...args) => {
      count()
      return store.writeRecord(...args)
    },
  })
}

describe('shards that scan and a build of what they found', () => {
  it('give the bytes of one process when they are killed, repeated and files come between', async () => {
    const property = fc.asyncProperty(
      worlds,
      fc.integer({ min: 1, max: 16 }),
      fc.nat(),
      async (world, count, seed) => {
        const files = Object.entries(csvFilesOf(world, { filesPerTable: 3, shuffleSeed: seed }))
        const random = seededRandom(seed)
        await withFolder(async (folder) => {
          const site = { folder }
          const input = join(folder, 'in')
          await writeFiles(input, smallWorld())
          for (const [path, content] of files) {
            if (random() < 0.5) await writeFiles(input, { [path]: content })
            if (random() < 0.75) continue
            const index = Math.floor(random() * count)
            const wrap = killedAfter(Math.floor(random() * 6))
            await scan({ ...site, wrap }, { index, count }).catch((error: Error) => {
              if (error.message !== 'killed') throw error
            })
          }
          for (let index = 0; index < count; index += 1) await scan(site, { index, count })

          await buildScanned(site)

          expect(await describeBuild(join(folder, 'out'))).toEqual(await buildAlone(folder))
        })
      },
    )
    await fc.assert(property, { numRuns: size(1, 4), seed: 31 })
  }, 300_000)
})
