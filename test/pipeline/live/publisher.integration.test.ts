/** What is on disk before it is seen: a loss of power must not take what was published, nor show half of it. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CHANGE_OUTPUTS } from '../../../contract/changes.ts'
import { digestBytes } from '../../../contract/digest.ts'
import {
  type Counted,
  HeldError,
  publishChange,
  switchTo,
} from '../../../pipeline/live/publisher.ts'
import type { ChangeRanker } from '../../../pipeline/live/ranked-change.ts'
import { BUILD_FILES } from '../../../pipeline/publish/outputs.ts'
import { copyPairCounts } from '../../../pipeline/state/pair-counts.ts'
import { withFolder } from '../../helpers/folders.ts'

/** Called with each path that is put on disk. */
let onSync: (path: string) => void = () => undefined

vi.mock('../../../contract/sync.ts', () => {
  const sync = (path: string) => {
    onSync(path)
    return Promise.resolve()
  }
  return { syncToDisk: sync, syncFolder: sync }
})

const ID = '0123456789abcdef'
const ROWS = Buffer.from('rows')
const COUNTED: Counted = {
  touched: new Map([[1, [7]]]),
  counts: copyPairCounts([]),
  places: new Map([['1/clicks_1.csv', { dataset: 1, table: 'clicks', linesBytes: 40 }]]),
}

const RANKER: ChangeRanker = {
  async write(_, folder) {
    for (const file of CHANGE_OUTPUTS) await writeFile(join(folder, file), ROWS)
    const outputs = CHANGE_OUTPUTS.map((file) => ({ file, ...digestBytes(ROWS), rows: 1 }))
    return { outputs, checks: [] }
  },
}

/** Lists what is put on disk, and whether readers could see it by then: `path` or `path, seen`. */
async function recordSyncs(
  out: string,
  seen: string,
  fn: () => Promise<unknown>,
): Promise<string[]> {
  const syncs: string[] = []
  onSync = (path) =>
    syncs.push(`${relative(out, path)}${existsSync(join(out, seen)) ? ', seen' : ''}`)
  await fn()
  return syncs
}

async function makeBuild(folder: string): Promise<string> {
  const build = join(folder, 'made')
  await mkdir(build, { recursive: true })
  for (const file of BUILD_FILES) await writeFile(join(build, file), '{}')
  return build
}

afterEach(() => {
  onSync = () => undefined
})

describe('publishChange', () => {
  it('puts all files and their folder on disk before the change is seen, and its name after', async () => {
    await withFolder(async (out) => {
      const options = { out, ranker: RANKER, now: () => new Date(0) }
      const build = { id: ID, folder: await makeBuild(out), places: new Map() }
      await mkdir(join(out, 'builds'))
      const base = await switchTo(build, { ...COUNTED, touched: new Map() }, options)

      const syncs = await recordSyncs(out, `live/${ID}/1`, () =>
        publishChange(base, COUNTED, options),
      )

      const fresh = `live/${ID}/.new-1`
      expect(syncs.slice(0, 3).sort()).toEqual(
        [`${fresh}/banner_stats.parquet`, `${fresh}/change.json`, `${fresh}/pools.parquet`].sort(),
      )
      expect(syncs.slice(3)).toEqual([fresh, `live/${ID}, seen`])
    })
  })
})

describe('publishChange, after a change that was seen and not put on disk', () => {
  it('wants a new build, and leaves what was seen', async () => {
    await withFolder(async (out) => {
      const options = { out, ranker: RANKER, now: () => new Date(0) }
      const build = { id: ID, folder: await makeBuild(out), places: new Map() }
      await mkdir(join(out, 'builds'))
      const base = await switchTo(build, { ...COUNTED, touched: new Map() }, options)
      onSync = (path) => {
        if (path === join(out, 'live', ID)) throw new Error('ENOSPC')
      }
      await expect(publishChange(base, COUNTED, options)).rejects.toThrow('ENOSPC')
      const seen = await readFile(join(out, `live/${ID}/1/change.json`), 'utf8')
      onSync = () => undefined

      const later = { ...options, now: () => new Date(1) }
      await expect(publishChange(base, COUNTED, later)).rejects.toThrow(HeldError)
      expect(await readFile(join(out, `live/${ID}/1/change.json`), 'utf8')).toBe(seen)
    })
  })
})

describe('switchTo', () => {
  it('puts what was published beyond a build on disk before the build is current', async () => {
    await withFolder(async (out) => {
      const options = { out, ranker: RANKER, now: () => new Date(0) }
      const build = { id: ID, folder: await makeBuild(out), places: new Map() }
      await mkdir(join(out, 'builds'))

      const syncs = await recordSyncs(out, 'current', () => switchTo(build, COUNTED, options))

      const fresh = `live/.new-${ID}`
      const before = syncs.filter((path) => !path.endsWith(', seen'))
      for (const path of [`${fresh}/.new-1`, `${fresh}/epoch.json`, fresh, 'live']) {
        expect(before).toContain(path)
      }
      expect(before).toContain(`builds/.new-${ID}/manifest.json`)
      expect(syncs.at(-1)).toBe(', seen')
      const change = JSON.parse(await readFile(join(out, `live/${ID}/1/change.json`), 'utf8'))
      expect(change).toMatchObject({ build_id: ID, from: 0, n: 1 })
    })
  })
})
