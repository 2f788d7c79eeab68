import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  BUILD_ID,
  type PoolsByCampaign,
  rowsOf,
  writeBuild,
  writeManifest,
} from '../../../../scripts/lib/pool-files.ts'
import { publishChange, startEpoch, writeHold } from '../../../../scripts/lib/write-changes.ts'
import { loadLiveBuild } from '../../../../server/pools/changes/load-live.ts'
import { bannersOf, findPools, slotOf } from '../../../../server/pools/pools.ts'
import { withFolder } from '../../../helpers/folders.ts'
import { isEveryTest } from '../../../helpers/size.ts'

/** Publishes changes of campaign 7, one banner each; fields of a change, by its number, are written otherwise. */
type Publish = (n: number, banner: number, fields?: object) => Promise<void>

/** Loads a build whose campaign 7 has banner 30, with what `change` publishes on top of it. */
function load(change: (folder: string, publish: Publish) => Promise<void>) {
  return withFolder(async (folder) => {
    const build = join(folder, 'builds', BUILD_ID)
    await mkdir(build, { recursive: true })
    await writeBuild(build, rowsOf({ 7: [30] }))
    await symlink(join('builds', BUILD_ID), join(folder, 'current'))
    let previous = await startEpoch(folder, BUILD_ID)
    await change(folder, async (n, banner, fields = {}) => {
      const campaigns: PoolsByCampaign = { 7: [banner] }
      previous = await publishChange(folder, { buildId: BUILD_ID, n, campaigns, previous, fields })
    })
    const loaded = await loadLiveBuild(folder)
    if (loaded === undefined) throw new Error('nothing is known')
    const { pools, changes } = loaded
    const banners = bannersOf(pools, slotOf(findPools(pools, 7), 1))
    return { state: pools.buildId, banners, changes, version: loaded.version }
  })
}

function path(folder: string, n: number, file: string): string {
  return join(folder, 'live', BUILD_ID, String(n), file)
}

describe('loadLiveBuild', () => {
  it('serves a build without changes as it is', async () => {
    expect(await load(async () => {})).toMatchObject({ state: BUILD_ID, banners: [30] })
  })

  it('applies all changes that are there, more than are read at once', async () => {
    const loaded = await load(async (_, publish) => {
      for (let n = 1; n <= 40; n++) await publish(n, n)
    })

    expect(loaded).toMatchObject({ state: `${BUILD_ID}+40`, banners: [40] })
    expect(loaded.version).toMatch(/ e0e0e0e0e0e0e0e0\+40$/)
    expect(loaded.changes?.gap).toBeUndefined()
  })

  it('applies joined changes', async () => {
    const loaded = await load(async (_, publish) => {
      await publish(20, 1, { from: 0 })
      await publish(35, 2, { from: 20 })
    })

    expect(loaded).toMatchObject({ state: `${BUILD_ID}+35`, banners: [2] })
  })

  it.each<[string, object, string]>([
    ['lacks the one before it', { from: 0 }, 'follows change 0, expected 1'],
    ['follows another one', { previous_sha256: '0'.repeat(64) }, 'does not follow the change 1'],
    [
      'is of another epoch',
      { epoch: '1111111111111111' },
      'is of epoch 1111111111111111, expected e0e0e0e0e0e0e0e0',
    ],
    [
      'names another build',
      { build_id: 'bbbbbbbb' },
      `is of bbbbbbbb+2 from 1, expected ${BUILD_ID}+2`,
    ],
    ['names another number', { n: 3 }, `is of ${BUILD_ID}+3 from 1, expected ${BUILD_ID}+2`],
    ['touches other campaigns', { touched: [] }, 'campaign 7 of dataset 1 is not touched'],
    ['says more than it should', { format_version: 3 }, 'not of this format, format_version'],
  ])('stays before a change that %s', async (_, fields, message) => {
    const loaded = await load(async (_folder, publish) => {
      await publish(1, 10)
      await publish(2, 20, fields)
      await publish(3, 40)
    })

    expect(loaded).toMatchObject({ state: `${BUILD_ID}+1`, banners: [10] })
    expect(loaded.changes?.gap).toEqual({ fault: 'bad', message: expect.stringContaining(message) })
  })

  it.each(['change.json', 'pools.parquet'])(
    'stays before a change whose %s is altered',
    async (file) => {
      const loaded = await load(async (folder, publish) => {
        await publish(1, 10)
        await publish(2, 20)
        const bytes = await readFile(path(folder, 2, file))
        bytes.writeUInt8(bytes.readUInt8(60) ^ 1, 60)
        await writeFile(path(folder, 2, file), bytes)
      })

      expect(loaded).toMatchObject({ state: `${BUILD_ID}+1`, changes: { gap: { fault: 'bad' } } })
    },
  )

  it('stays before a change that lacks its pools', async () => {
    const loaded = await load(async (folder, publish) => {
      await publish(1, 10)
      await mkdir(join(folder, 'live', BUILD_ID, '2'))
      await writeFile(
        path(folder, 2, 'change.json'),
        await readFile(path(folder, 1, 'change.json')),
      )
    })

    expect(loaded).toMatchObject({ state: `${BUILD_ID}+1`, changes: { gap: { fault: 'bad' } } })
  })

  it.runIf(isEveryTest)(
    'takes a change that follows another manifest for none of its own',
    async () => {
      const loaded = await load(async (folder, publish) => {
        await publish(1, 10)
        const build = join(folder, 'builds', BUILD_ID)
        const bytes = await readFile(join(build, 'pools.parquet'))
        await writeManifest(build, bytes, { created_at: '2026-11-02T00:00:00.000Z' })
      })

      expect(loaded).toMatchObject({ state: BUILD_ID, changes: { gap: { fault: 'bad' } } })
    },
  )

  it('applies nothing beyond a hold', async () => {
    const loaded = await load(async (folder, publish) => {
      for (let n = 1; n <= 3; n++) await publish(n, n)
      await writeHold(folder, BUILD_ID, 2)
    })

    expect(loaded).toMatchObject({ state: `${BUILD_ID}+2`, changes: { isHeld: true } })
  })

  it.runIf(isEveryTest)('is not limited by a hold of another build', async () => {
    const loaded = await load(async (folder, publish) => {
      await publish(1, 10)
      await writeHold(folder, 'bbbbbbbb', 0)
    })

    expect(loaded.state).toBe(`${BUILD_ID}+1`)
  })

  it('applies nothing while the hold cannot be read', async () => {
    const loaded = await load(async (folder, publish) => {
      await publish(1, 10)
      await writeHold(folder, BUILD_ID, 1)
      await appendFile(join(folder, 'live/hold.json'), ' ')
    })

    expect(loaded).toMatchObject({ state: BUILD_ID, changes: { gap: { fault: 'bad' } } })
  })

  it('refuses a build whose epoch is altered', async () => {
    const spoil = (folder: string) => appendFile(join(folder, 'live', BUILD_ID, 'epoch.json'), ' ')

    await expect(load(spoil)).rejects.toThrow(
      `the epoch of build ${BUILD_ID}: epoch_sha256 differs`,
    )
  })
})
