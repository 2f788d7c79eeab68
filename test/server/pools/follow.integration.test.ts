import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type PoolsByCampaign,
  rowsOf,
  writeBuild,
  writeManifest,
} from '../../../scripts/lib/pool-files.ts'
import { type FollowedBuild, followBuild, type Reload } from '../../../server/pools/follow.ts'
import { withFolder } from '../../helpers/folders.ts'

let followed: FollowedBuild | undefined
afterEach(() => followed?.stop())

/** Writes a build beside the others. Its build id is its name. */
async function addBuild(folder: string, id: string, campaigns: PoolsByCampaign): Promise<string> {
  const build = join(folder, 'builds', id)
  await mkdir(build, { recursive: true })
  await writeBuild(build, rowsOf(campaigns))
  await writeManifest(build, await readFile(join(build, 'pools.parquet')), { build_id: id })
  return build
}

/** Makes a build current, as the pipeline does: in one rename. */
async function publish(folder: string, id: string): Promise<void> {
  await symlink(join('builds', id), join(folder, 'next'))
  await rename(join(folder, 'next'), join(folder, 'current'))
}

/** Follows a folder where build aaaaaaaa, with campaign 7, is current. */
function withFollowed(
  fn: (folder: string, reloads: Reload[], current: () => string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    await addBuild(folder, 'aaaaaaaa', { 7: [30] })
    await publish(folder, 'aaaaaaaa')
    const reloads: Reload[] = []
    const following = await followBuild(
      folder,
      { reload: (one) => reloads.push(one) },
      { everyMs: 20 },
    )
    followed = following
    await fn(folder, reloads, () => following.build().pools.buildId)
  })
}

describe('followBuild', () => {
  it('swaps to a build when it is published', async () => {
    await withFollowed(async (folder, reloads, current) => {
      expect(current()).toBe('aaaaaaaa')
      await addBuild(folder, 'bbbbbbbb', { 7: [30], 8: [20, 10] })
      await publish(folder, 'bbbbbbbb')

      await vi.waitFor(() => expect(current()).toBe('bbbbbbbb'))
      expect(reloads.map(({ result }) => result)).toEqual(['ok'])
      expect(followed?.build().pools).toMatchObject({ campaignCount: 2, poolCount: 8 })
      expect(followed?.build().createdAtMs).toBe(Date.UTC(2026, 10, 1))
    })
  })

  it('keeps the last good build when the new one is bad, and says so once', async () => {
    await withFollowed(async (folder, reloads, current) => {
      const bad = await addBuild(folder, 'bbbbbbbb', { 8: [20] })
      const bytes = await readFile(join(bad, 'pools.parquet'))
      bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50)
      await writeFile(join(bad, 'pools.parquet'), bytes)
      await publish(folder, 'bbbbbbbb')

      await vi.waitFor(() => expect(reloads).toHaveLength(1))
      await new Promise((resolve) => setTimeout(resolve, 100))

      expect(current()).toBe('aaaaaaaa')
      expect(reloads).toEqual([
        {
          result: 'error',
          onDisk: 'bad',
          error: expect.objectContaining({
            name: 'ArtifactError',
            message: expect.stringMatching(/^sha256 differs from the manifest, .*pools\.parquet$/),
          }),
        },
      ])

      await addBuild(folder, 'cccccccc', { 9: [50] })
      await publish(folder, 'cccccccc')
      await vi.waitFor(() => expect(current()).toBe('cccccccc'))
    })
  })

  it('keeps the build when the folder goes away', async () => {
    await withFollowed(async (folder, reloads, current) => {
      await rm(join(folder, 'current'))

      await vi.waitFor(() => expect(reloads).toHaveLength(1))
      expect(reloads[0]).toMatchObject({ result: 'error', onDisk: 'gone' })
      expect(followed?.onDisk()).toBe('gone')
      expect(current()).toBe('aaaaaaaa')
    })
  })

  it.each(['pools.parquet', 'manifest.json'])(
    'says that the build on disk is gone when %s is removed, and takes it back',
    async (file) => {
      await withFollowed(async (folder, reloads, current) => {
        const path = join(folder, 'builds/aaaaaaaa', file)
        const bytes = await readFile(path)
        await rm(path)

        await vi.waitFor(() => expect(reloads).toHaveLength(1))
        expect(reloads[0]).toMatchObject({ result: 'error', onDisk: 'gone' })
        await writeFile(path, bytes)
        await vi.waitFor(() => expect(followed?.onDisk()).toBe('served'))

        expect(reloads.map(({ result }) => result)).toEqual(['error', 'unchanged'])
        expect(current()).toBe('aaaaaaaa')
      })
    },
  )

  it('says that the served build was altered on disk', async () => {
    await withFollowed(async (folder, reloads) => {
      const path = join(folder, 'builds/aaaaaaaa/pools.parquet')
      const bytes = await readFile(path)
      bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50)
      await writeFile(path, bytes)

      await vi.waitFor(() => expect(followed?.onDisk()).toBe('bad'))
      expect(reloads[0]).toMatchObject({ result: 'error', onDisk: 'bad' })
    })
  })

  it('does not wait for a pipe in place of a file', async () => {
    await withFollowed(async (folder, reloads) => {
      const path = join(folder, 'builds/aaaaaaaa/pools.parquet')
      await rm(path)
      execFileSync('mkfifo', [path])

      await vi.waitFor(() => expect(reloads).not.toHaveLength(0))
      await vi.waitFor(() => expect(followed?.onDisk()).toBe('unreadable'))
    })
  })

  it('says unchanged when told to look and there is nothing new', async () => {
    await withFollowed(async (_, reloads) => {
      await followed?.actNow()

      expect(reloads).toEqual([{ result: 'unchanged' }])
    })
  })

  it('refuses a first build that is bad', async () => {
    await withFolder(async (folder) => {
      await writeBuild(folder, rowsOf({ 7: [30] }))
      await writeManifest(folder, Buffer.from('other bytes'))

      await expect(followBuild(folder, { reload: () => {} })).rejects.toThrow(
        /^has \d+ bytes, the manifest says 11/,
      )
    })
  })

  it('refuses a file that is no Parquet, though the manifest vouches for it', async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'pools.parquet'), 'PAR1 no PAR1')
      await writeManifest(folder, Buffer.from('PAR1 no PAR1'))

      await expect(followBuild(folder, { reload: () => {} })).rejects.toThrow(
        /build again: .*pools\.parquet$/,
      )
    })
  })
})
