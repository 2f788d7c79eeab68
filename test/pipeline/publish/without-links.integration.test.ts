/** A file system that has no symbolic links: FAT, some network mounts and shared folders. */
import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { readManifest, resolveBuildFolder } from '../../../contract/read.ts'
import { checkBuild } from '../../../pipeline/ask/check.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import { rollBack } from '../../../pipeline/publish/builds.ts'
import { followBuild } from '../../../server/pools/follow.ts'
import { csv, queryOutputs, smallWorld } from '../../helpers/builds.ts'
import { withFolder, writeFiles } from '../../helpers/folders.ts'

const links = vi.hoisted(() => ({ areThere: false }))

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>()
  const symlink: typeof actual.symlink = async (...args) => {
    if (links.areThere) return actual.symlink(...args)
    throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' })
  }
  return { ...actual, symlink }
})

/** Gives `fn` an artifacts folder without links, with one build. */
function withoutLinks(fn: (at: { input: string; out: string; id: string }) => Promise<void>) {
  links.areThere = false
  return withFolder(async (folder) => {
    const [input, out] = [join(folder, 'in'), join(folder, 'out')]
    await writeFiles(input, smallWorld())
    const { build_id } = await buildPools({ ...BUILD_DEFAULTS, input, out })
    await fn({ input, out, id: build_id })
  })
}

/** Another build of the same logs. */
async function buildOther(input: string, out: string): Promise<string> {
  const rows = ['100,30,7', '103,30,7', '104,33,7']
  await writeFiles(input, { '1/clicks_1.csv': csv('click_id,banner_id,campaign_id', rows) })
  return (await buildPools({ ...BUILD_DEFAULTS, input, out })).build_id
}

describe('an artifacts folder without links', () => {
  it('has a file that names the current build, and copies of its files', async () => {
    await withoutLinks(async ({ out, id }) => {
      expect(await readFile(join(out, 'current'), 'utf8')).toBe(`builds/${id}\n`)
      expect((await lstat(join(out, 'pools.parquet'))).isFile()).toBe(true)
      expect(await queryOutputs(out, 'select count(*)::int as rows from pools')).toEqual([
        { rows: 16 },
      ])
      expect((await readdir(out)).filter((name) => name.endsWith('.new'))).toEqual([])
      expect(await resolveBuildFolder(out)).toMatch(new RegExp(`builds/${id}$`))
      expect((await checkBuild(out)).passed).toBe(true)
    })
  })

  it('knows what is current, and switches by one rename', async () => {
    await withoutLinks(async ({ input, out, id }) => {
      const again = await buildPools({ ...BUILD_DEFAULTS, input, out })
      expect(again).toMatchObject({ status: 'current', build_id: id })

      const other = await buildOther(input, out)

      expect(other).not.toBe(id)
      expect(await readFile(join(out, 'current'), 'utf8')).toBe(`builds/${other}\n`)
      expect(await rollBack(out)).toMatchObject({ from: other, to: id })
      expect((await readManifest(await resolveBuildFolder(out))).build_id).toBe(id)
    })
  })

  it('is served, and its switch is seen', async () => {
    await withoutLinks(async ({ input, out, id }) => {
      const followed = await followBuild(out, { reload: () => {} }, { everyMs: 10 })
      try {
        expect(followed.build().pools.buildId).toBe(id)
        const other = await buildOther(input, out)
        await vi.waitFor(() => expect(followed.build().pools.buildId).toBe(other), 5_000)
      } finally {
        followed.stop()
      }
    })
  })

  it('gets links where there are some again, as after a copy', async () => {
    await withoutLinks(async ({ input, out }) => {
      links.areThere = true

      await buildOther(input, out)

      expect((await lstat(join(out, 'current'))).isSymbolicLink()).toBe(true)
      expect((await lstat(join(out, 'pools.parquet'))).isSymbolicLink()).toBe(true)
    })
  })

  it.each(['', 'builds/../../etc', 'builds/', '/etc', 'x'.repeat(1000)])(
    'is refused with the line %j',
    async (line) => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, 'current'), line)

        await expect(resolveBuildFolder(folder)).rejects.toThrow(/current$/)
        await rm(join(folder, 'current'))
      })
    },
  )
})
