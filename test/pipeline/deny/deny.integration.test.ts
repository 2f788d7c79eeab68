import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DENY } from '../../../pipeline/commands/deny.ts'
import { BUILD_ID, rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { withFolder } from '../../helpers/folders.ts'

/** An artifacts folder where campaign 7 has the banners 30 and 10, and a list beside it. */
function withArtifacts(
  list: string,
  fn: (artifacts: string, file: string) => Promise<void>,
): Promise<void> {
  return withFolder((folder) =>
    withFolder(async (artifacts) => {
      await writeBuild(artifacts, rowsOf({ 7: [30, 10] }))
      const file = join(folder, 'list')
      await writeFile(file, list)
      await fn(artifacts, file)
    }),
  )
}

/** Runs the command, and gives its result and its warnings. */
async function deny(file: string, artifacts: string) {
  const warnings: string[] = []
  const context = { progress: { warn: (text: string) => warnings.push(text) } }
  const result = await DENY.run({ file, artifacts }, context as unknown as Context)
  return { result, warnings }
}

type Context = Parameters<typeof DENY.run>[1]

describe('pools deny', () => {
  it('publishes the list beside the build as it is, and says what it denies', async () => {
    await withArtifacts('# bad taste\nbanner 30\ncampaign 7\n', async (artifacts, file) => {
      const { result, warnings } = await deny(file, artifacts)
      const place = join(artifacts, 'denylist.txt')

      expect(await readFile(place, 'utf8')).toBe('# bad taste\nbanner 30\ncampaign 7\n')
      expect((await readdir(artifacts)).filter((name) => name.endsWith('.new'))).toEqual([])
      expect(warnings).toEqual([])
      expect(result).toEqual({
        document: {
          place,
          banners: 1,
          campaigns: 1,
          build_id: BUILD_ID,
          unknown_banners: [],
          unknown_campaigns: [],
        },
        lines: [`now denying 1 banner and 1 campaign: ${place}`],
      })
    })
  })

  it('warns of what no pool has, and publishes it all the same', async () => {
    await withArtifacts('banner 31\n30\nbanner 5\ncampaign 8\n', async (artifacts, file) => {
      const { result, warnings } = await deny(file, artifacts)

      expect(warnings).toEqual([
        `in no pool of build ${BUILD_ID}: banner 5, 31`,
        `without a pool in build ${BUILD_ID}: campaign 8`,
      ])
      expect(result?.document).toMatchObject({ unknown_banners: [5, 31], unknown_campaigns: [8] })
      expect(await readFile(join(artifacts, 'denylist.txt'), 'utf8')).toContain('banner 31')
    })
  })

  it('names a few of many', async () => {
    const list = Array.from({ length: 13 }, (_, index) => `banner ${101 + index}\n`).join('')
    await withArtifacts(list, async (artifacts, file) => {
      const { warnings } = await deny(file, artifacts)

      expect(warnings).toEqual([
        `in no pool of build ${BUILD_ID}: banner 101, 102, 103, 104, 105, 106, 107, 108, 109, 110 and 3 more`,
      ])
    })
  })

  it('clears the list with an empty file', async () => {
    await withArtifacts('', async (artifacts, file) => {
      await writeFile(join(artifacts, 'denylist.txt'), 'banner 30\n')

      const { result } = await deny(file, artifacts)

      expect(await readFile(join(artifacts, 'denylist.txt'), 'utf8')).toBe('')
      expect(result?.document).toMatchObject({ banners: 0, campaigns: 0 })
    })
  })

  it('warns that there is no build beside the list', async () => {
    await withArtifacts('banner 30\n', async (artifacts, file) => {
      await rm(join(artifacts, 'manifest.json'))

      const { warnings } = await deny(file, artifacts)

      expect(warnings).toEqual([
        `no build is published beside it, is that the place: ${join(artifacts, 'denylist.txt')}`,
      ])
    })
  })

  it.each([
    [
      'is bad',
      'banner 30\nbaner 31\n',
      /^the denylist line 2 is neither .*, so nothing is published: .*list$/,
    ],
    ['is too large', '1\n'.repeat(500_001), /^the denylist has 1000002 bytes, at most 1000000/],
  ])('keeps what was published if the list %s', async (_, list, message) => {
    await withArtifacts(list, async (artifacts, file) => {
      await writeFile(join(artifacts, 'denylist.txt'), 'banner 10\n')

      await expect(deny(file, artifacts)).rejects.toThrow(message)

      expect(await readFile(join(artifacts, 'denylist.txt'), 'utf8')).toBe('banner 10\n')
    })
  })

  it('refuses a list that is not there, and a place that is no folder', async () => {
    await withArtifacts('banner 30\n', async (artifacts, file) => {
      await expect(deny('/no/list', artifacts)).rejects.toThrow(
        'the denylist cannot be read (ENOENT), so nothing is published: /no/list',
      )
      await expect(deny(file, '/no/artifacts')).rejects.toThrow(
        'no such folder, see --artifacts: /no/artifacts',
      )
    })
  })
})
