/** Every published file, with any bit flipped or any part cut off, is refused by the server and by `pools check`. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ArtifactError, resolveBuildFolder } from '../../../contract/read.ts'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { loadPools } from '../../../server/pools/load.ts'
import { smallWorld, withBuild } from '../../helpers/builds.ts'
import { seededRandom } from '../../helpers/seeded-random.ts'

const FLIPS = 400
const CUTS = 50

/** What the server reads; `pools check` reads all. */
const SERVED = ['pools.parquet', 'manifest.json']
const FILES = [...SERVED, 'banner_stats.parquet', 'rejects.parquet']

describe('an altered build', () => {
  it(`is refused with each of ${FLIPS} flipped bits and ${CUTS} cuts`, {
    timeout: 120_000,
  }, async () => {
    await withBuild(smallWorld(), async ({ out }) => {
      const folder = await resolveBuildFolder(out)
      const random = seededRandom(3)
      const accepted: string[] = []
      let tried = 0

      for (let round = 0; round < FLIPS + CUTS; round += 1) {
        const file = FILES[round % FILES.length] ?? ''
        const path = join(folder, file)
        const whole = await readFile(path)
        const at = Math.floor(random() * whole.length)
        await writeFile(path, round < FLIPS ? flipBit(whole, at, round % 8) : whole.subarray(0, at))

        const readers = SERVED.includes(file) ? [checkBuild, loadPools] : [checkBuild]
        for (const reader of readers) {
          tried += 1
          if (!(await isRefused(() => reader(out))))
            accepted.push(`${reader.name}: ${file} at ${at}`)
        }
        await writeFile(path, whole)
      }

      expect(accepted).toEqual([])
      expect(tried).toBeGreaterThan(FLIPS + CUTS)
      // What was put back is whole, or all would be refused in any case.
      expect((await checkBuild(out)).passed).toBe(true)
      expect((await loadPools(out)).poolCount).toBe(4)
    })
  })
})

function flipBit(bytes: Buffer, at: number, bit: number): Buffer {
  const altered = Buffer.from(bytes)
  altered[at] = (altered[at] ?? 0) ^ (1 << bit)
  return altered
}

/** Refused, and not failed in some other way. */
async function isRefused(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read()
    return false
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error
    return true
  }
}
