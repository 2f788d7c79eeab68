/** What may befall a follower: lists, clocks, names, saved counts, twins, other machines; and what it says. */
import { appendFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatWithChecksum } from '../../contract/checksum.ts'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { smallWorld } from '../helpers/builds.ts'
import { withFolder } from '../helpers/folders.ts'
import { followFolders, type TestFollower, verifyFolders, withFollower } from '../helpers/follow.ts'

const CLICKS = '1/clicks_1.csv'
const HEADER = 'click_id,banner_id,campaign_id\n'
const LISTS: readonly [name: string, text: string, output: string][] = [
  [
    'banners.csv',
    'banner_id,click_url,alt,width,height\n30,https://example.com,A,300,250\n',
    'banners.parquet',
  ],
  ['campaign_banners.csv', 'campaign_id,banner_id\n7,39\n', 'campaign_banners.parquet'],
]

function buildOf(state: string | null): string {
  return state?.split('+')[0] ?? ''
}

async function outputsOf({ out }: TestFollower): Promise<string[]> {
  const { outputs } = await readManifest(await resolveBuildFolder(out))
  return outputs.map(({ file }) => file)
}

describe('startFollowing', { timeout: 240_000 }, () => {
  it.each(LISTS)(
    'makes a full build at once when %s comes, changes and goes',
    async (name, text, output) => {
      await withFollower(smallWorld(), async (follower) => {
        const path = join(follower.input, name)
        const isOther = (before: string) => (state: string) => buildOf(state) !== buildOf(before)
        const first = await follower.waitFor(() => true)
        await writeFile(path, text)
        const second = await follower.waitFor(isOther(first))
        expect(await outputsOf(follower)).toContain(output)

        await writeFile(path, text.replace('39', '38').replace('example.com', 'example.org'))
        const third = await follower.waitFor(isOther(second))
        expect(buildOf(third)).not.toBe(buildOf(first))

        await rm(path)
        await follower.waitFor((state) => buildOf(state) === buildOf(first))
        expect(await outputsOf(follower)).not.toContain(output)
        expect(await follower.verify()).toMatchObject({ isEqual: true })
      })
    },
  )

  it('takes no day back when the clock is set back over midnight, and none twice', async () => {
    let time = new Date('2026-11-25T12:00:00Z')
    const files = {
      ...smallWorld(),
      '1/clicks_2026-11-24_a.csv': `${HEADER}970,32,7\n`,
      '1/clicks_2026-11-25_a.csv': `${HEADER}971,32,7\n`,
    }
    await withFollower(
      files,
      async (follower) => {
        const first = await follower.waitFor(() => true)
        // Over a quarter, and over midnight.
        time = new Date('2026-11-25T12:16:00Z')
        await appendFile(join(follower.input, CLICKS), '900,32,7\n')
        const second = await follower.waitFor((state) => state !== first)
        expect(buildOf(second)).toBe(buildOf(first))
        time = new Date('2026-11-26T00:00:01Z')
        const third = await follower.waitFor((state) => buildOf(state) !== buildOf(second))
        time = new Date('2026-11-24T23:59:00Z')
        await appendFile(join(follower.input, CLICKS), '901,32,7\n')
        await follower.waitFor((state) => state !== third)
        // What would count a day again would do it by now: a build is the last thing that it makes.
        await follower.stop()

        const { window, inputs } = await readManifest(await resolveBuildFolder(follower.out))
        expect(window).toEqual({ days: 2, day: '2026-11-26' })
        expect(inputs.map(({ path }) => path)).not.toContain('1/clicks_2026-11-24_a.csv')
        expect(await follower.verify()).toMatchObject({ isEqual: true })
      },
      { days: 2, now: () => time },
    )
  })

  it('counts a new file with the name of one that is gone', async () => {
    const path = '1/clicks_b.csv'
    await withFollower({ ...smallWorld(), [path]: `${HEADER}950,32,7\n` }, async (follower) => {
      const first = await follower.waitFor(() => true)
      await rm(join(follower.input, path))
      const second = await follower.waitFor((state) => state !== first)
      expect(follower.notes).toContain(`no longer counted: ${path}`)

      await writeFile(join(follower.input, path), `${HEADER}951,31,7\n952,31,9\n`)
      await follower.waitFor((state) => state !== second)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
      expect(await follower.stop()).toEqual({ isFrozen: false })
    })
  })

  it('freezes while a log is there packed and unpacked with different lines, and names both', async () => {
    await withFollower(
      smallWorld(),
      async (follower) => {
        const first = await follower.waitFor(() => true)
        const twin = join(follower.input, `${CLICKS}.gz`)
        await writeFile(twin, gzipSync(HEADER + '1,30,7\n'.repeat(50)))
        await appendFile(join(follower.input, '2/clicks_2.csv'), '960,32,7\n')
        const message = `frozen at the last good state: ${join(follower.input, CLICKS)}: is there packed and unpacked with different lines, remove one of the two: ${twin}`
        await follower.waitFor(() => follower.notes.includes(message))
        expect(buildOf(await follower.state())).toBe(buildOf(first))

        await rm(twin)
        await follower.waitFor((state) => state !== first)
        await follower.waitFor(() => follower.notes.includes('publication goes on'))
        expect(await follower.verify()).toMatchObject({ isEqual: true })
      },
      { buildEvery: 1 },
    )
  })

  it('counts nothing twice while a log and its packed twin are both there', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      const path = join(follower.input, CLICKS)
      await writeFile(`${path}.gz`, gzipSync(await readFile(path)))
      await sleep(1_500)
      await appendFile(join(follower.input, '2/clicks_2.csv'), '960,32,7\n')
      const second = await follower.waitFor((state) => state !== first)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
      await rm(path)
      await appendFile(join(follower.input, '2/clicks_2.csv'), '961,32,7\n')
      await follower.waitFor((state) => state !== second)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
      expect(follower.notes.filter((note) => note.startsWith('no longer'))).toEqual([])
    })
  })

  it.each<[string, (stage: string) => Promise<void>, RegExp]>([
    [
      'of another version',
      async (stage) => {
        const path = join(stage, 'counts.json')
        const { counts_sha256: _, ...index } = JSON.parse(await readFile(path, 'utf8'))
        await writeFile(path, formatWithChecksum({ ...index, meaning: '[0]' }, 'counts_sha256'))
      },
      /^counting anew: the saved counts are of another version or of other --rename options$/,
    ],
    [
      'of another folder',
      async (stage) => {
        const other = { ...smallWorld(), '3/clicks_other.csv': `${HEADER}1,2,3\n` }
        await withFollower(other, async (follower) => {
          await follower.waitFor(() => true)
          await follower.stop()
          await rm(stage, { recursive: true })
          await cp(join(follower.out, 'stage/follow'), stage, { recursive: true })
        })
      },
      /^counting anew: 3\/clicks_other.csv is not there$/,
    ],
    [
      'half written',
      async (stage) => {
        const path = join(stage, 'counts.json')
        const text = await readFile(path, 'utf8')
        await writeFile(path, text.slice(0, text.length / 2))
      },
      /^counting anew: the saved counts were altered$/,
    ],
  ])('counts anew, and says so, when the saved counts are %s', async (_, change, message) => {
    await withFollower(smallWorld(), async (follower) => {
      const { input, out } = follower
      await follower.waitFor(() => true)
      await follower.stop()
      const left = await findState(out)
      await change(join(out, 'stage/follow'))
      await appendFile(join(input, CLICKS), '901,32,7\n')
      await followFolders(input, out, async (next) => {
        await next.waitFor((state) => state !== left)
        expect(next.notes.filter((note) => message.test(note)).length, next.notes.join()).toBe(1)
        await next.stop()
      })
      expect(await verifyFolders(input, out)).toMatchObject({ isEqual: true })
    })
  })
})

describe('a follower that is moved', { timeout: 240_000 }, () => {
  it('counts the input folder alone on another machine, and has the same build', async () => {
    await withFolder(async (machine) => {
      await withFollower(smallWorld(), async (follower) => {
        const first = await follower.waitFor(() => true)
        await appendFile(join(follower.input, CLICKS), '900,32,7\n901,3')
        await follower.waitFor((state) => state !== first)
        await follower.stop()
        const left = await findState(follower.out)
        const input = join(machine, 'logs')
        await cp(follower.input, input, { recursive: true })

        await followFolders(input, join(machine, 'artifacts'), async (moved) => {
          expect(await moved.waitFor(() => true)).toBe(left)
          await appendFile(join(input, CLICKS), '2,7\n')
          await moved.waitFor((state) => state !== left)
          expect(await moved.verify()).toMatchObject({ isEqual: true })
        })
      })
    })
  })

  it('goes on from what is published when the artifacts folder is copied along', async () => {
    await withFolder(async (machine) => {
      await withFollower(smallWorld(), async (follower) => {
        const first = await follower.waitFor(() => true)
        await appendFile(join(follower.input, CLICKS), '900,32,7\n')
        await follower.waitFor((state) => state !== first)
        await follower.stop()
        const left = await findState(follower.out)
        await mkdir(join(machine, 'moved'))
        const [input, out] = [join(machine, 'moved/logs'), join(machine, 'moved/artifacts')]
        await cp(follower.input, input, { recursive: true, preserveTimestamps: true })
        await cp(follower.out, out, { recursive: true, verbatimSymlinks: true })
        await rename(follower.input, `${follower.input}-gone`)

        await followFolders(input, out, async (moved) => {
          await appendFile(join(input, CLICKS), '902,31,7\n')
          await moved.waitFor((state) => state !== left)
          expect(moved.notes).toContain(`goes on from ${left}`)
          expect(moved.notes.filter((note) => note.startsWith('counting anew'))).toEqual([])
          expect(await moved.verify()).toMatchObject({ isEqual: true })
        })
      })
    })
  })
})
