import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatJournalRecord } from '../../contract/journal.ts'
import { readManifest, resolveBuildFolder } from '../../contract/read.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { rollBack } from '../../pipeline/publish/builds.ts'
import { holdPublication, releasePublication } from '../../pipeline/publish/hold.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { smallWorld } from '../helpers/builds.ts'
import { withFolder, writeFiles } from '../helpers/folders.ts'
import { followFolders, verifyFolders, withFollower } from '../helpers/follow.ts'

const CLICKS = '1/clicks_1.csv'
const now = () => new Date()

describe('startFollowing', () => {
  it('takes back what a conflict takes, campaigns included', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      await appendFile(join(follower.input, CLICKS), '900,50,8\n')
      await appendFile(join(follower.input, '1/conversions_1.csv'), '90,900,2\n91,555,1\n')
      const second = await follower.waitFor((state) => state !== first)
      await appendFile(join(follower.input, CLICKS), '900,51,8\n555,30,7\n')
      await follower.waitFor((state) => state !== second)

      expect(await follower.verify()).toMatchObject({ isEqual: true })
    })
  })

  it('makes a build of lines that touch no campaign, and none when nothing came', async () => {
    await withFollower(
      smallWorld(),
      async (follower) => {
        const first = await follower.waitFor(() => true)
        await appendFile(join(follower.input, '1/conversions_1.csv'), '90,900,2\nno row\n')
        const second = await follower.waitFor((state) => state !== first)

        const { inputs } = await readManifest(await resolveBuildFolder(follower.out))
        const input = inputs.find(({ path }) => path === '1/conversions_1.csv')
        expect(input).toMatchObject({ rows: 4, accepted: 2, rejected: 2 })
        await sleep(3_000)
        expect(await follower.state()).toBe(second)
      },
      { buildEvery: 1 },
    )
  })

  it('goes on when a file is renamed or packed, and lets lines go with their file', async () => {
    await withFollower(
      { ...smallWorld(), '1/clicks_b.csv': 'click_id,banner_id,campaign_id\n950,32,7\n' },
      async (follower) => {
        const first = await follower.waitFor(() => true)
        const path = join(follower.input, CLICKS)
        await rename(path, join(follower.input, '1/clicks_c.csv'))
        const renamed = await follower.waitFor((state) => state !== first)
        expect(await follower.verify()).toMatchObject({ isEqual: true })
        expect(follower.notes).toContain('1/clicks_1.csv is 1/clicks_c.csv now')

        const lines = 'click_id,banner_id,campaign_id\n950,32,7\n'
        await writeFile(join(follower.input, '1/clicks_b.csv.gz'), gzipSync(lines))
        await rm(join(follower.input, '1/clicks_b.csv'))
        await appendFile(join(follower.input, '2/clicks_2.csv'), '960,32,7\n')
        const packed = await follower.waitFor((state) => state !== renamed)
        expect(await follower.verify()).toMatchObject({ isEqual: true })

        await rm(join(follower.input, '1/clicks_b.csv.gz'))
        await follower.waitFor((state) => state !== packed)
        expect(await follower.verify()).toMatchObject({ isEqual: true })
        expect(follower.notes).toContain('no longer counted: 1/clicks_b.csv')
      },
    )
  })

  it.each<[string, (path: string) => Promise<void>]>([
    ['shrinks', (path) => truncate(path, 40)],
    ['is rewritten', (path) => writeFile(path, `${'x'.repeat(400)}\n`)],
  ])('ends in one line when a file %s', async (_, change) => {
    await withFollower(smallWorld(), async (follower) => {
      await follower.waitFor(() => true)
      await change(join(follower.input, CLICKS))

      await expect(follower.ended).rejects.toThrow(/^shrank, or lines that are counted changed; /)
    })
  })

  it('freezes at the last good state while a batch would refuse a file', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      const bad = join(follower.input, '1/clicks_bad.csv')
      await writeFile(bad, 'click_id,banner\n1,2\n')
      await follower.waitFor(() => follower.notes.some((note) => note.startsWith('frozen')))
      await appendFile(join(follower.input, '2/clicks_2.csv'), '960,32,7\n')
      await sleep(500)
      expect(await follower.state()).toBe(first)

      await rm(bad)
      await follower.waitFor((state) => state !== first)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
      expect(await follower.stop()).toEqual({ isFrozen: false })
    })
  })

  it('counts an equal file once, and twice when it goes on', async () => {
    const world = smallWorld()
    await withFollower(world, async (follower) => {
      const first = await follower.waitFor(() => true)
      const copy = join(follower.input, '1/impressions_copy.csv')
      await writeFile(copy, world['1/impressions_1.csv'] ?? '')
      const second = await follower.waitFor((state) => state !== first)
      expect(await follower.verify()).toMatchObject({ isEqual: true })

      await appendFile(copy, '32,7\n')
      await follower.waitFor((state) => state !== second)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
    })
  })

  it('publishes nothing while it is held, and a build when it is released', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      expect(await holdPublication(follower.out, { reason: 'test', now })).toBe(first)
      await appendFile(join(follower.input, CLICKS), '900,32,7\n')
      await sleep(1_000)
      expect(await follower.state()).toBe(first)
      // Of the lines that are published; there are more.
      expect(await follower.verify()).toMatchObject({ isEqual: true })
      const batch = { ...BUILD_DEFAULTS, input: follower.input, out: follower.out }
      await expect(buildPools(batch)).rejects.toThrow(`held at ${first} (test), see pools release`)

      await releasePublication(follower.out)
      const second = await follower.waitFor((state) => state !== first)
      expect(second).not.toContain('+')
      expect(await follower.verify()).toMatchObject({ isEqual: true })

      expect(await rollBack(follower.out)).toEqual({ from: second, to: first, isHeld: true })
      await appendFile(join(follower.input, CLICKS), '901,32,7\n')
      await sleep(1_000)
      expect(await follower.state()).toBe(first)
      await releasePublication(follower.out)
      await follower.waitFor((state) => state !== first)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
    })
  })

  it('waits for a whole header, and for what a writer vouches for', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const first = await follower.waitFor(() => true)
      const segment = '1/clicks_2026-11-25_web-1.csv'
      const path = join(follower.input, segment)
      const journal = join(follower.input, '.collect/journal')
      const header = 'event,click_id,banner_id,campaign_id\n'
      const lines = 'r:1,980,32,7\n'
      const committed = header.length + lines.length
      // A writer names a segment before there is one.
      await mkdir(join(follower.input, '.collect'))
      await writeFile(journal, formatJournalRecord({ lengths: { [segment]: committed } }))
      await writeFile(path, header.slice(0, 12))
      await sleep(1_500)
      expect(await follower.state()).toBe(first)

      await appendFile(path, `${header.slice(12)}${lines}r:2,981,32,7\n`)
      const second = await follower.waitFor((state) => state !== first)
      await sleep(500)
      expect(await follower.state()).toBe(second)
      expect(await follower.verify()).toMatchObject({ isEqual: true })

      await appendFile(journal, formatJournalRecord({ lengths: {} }))
      await follower.waitFor((state) => state !== second)
      expect(await follower.verify()).toMatchObject({ isEqual: true })
    })
  })

  it('goes on from what is published, and not where something else was built', async () => {
    await withFollower(smallWorld(), async (follower) => {
      const { input, out } = follower
      const first = await follower.waitFor(() => true)
      await appendFile(join(input, CLICKS), '900,32,7\n')
      await follower.waitFor((state) => state !== first)
      await follower.stop()
      const left = await findState(out)
      const path = join(input, CLICKS)
      await appendFile(path, '901,32,7\n')
      await followFolders(input, out, async (next) => {
        await next.waitFor((state) => state !== left)
        expect(next.notes).toContain(`goes on from ${left}`)
        expect(await next.verify()).toMatchObject({ isEqual: true })
      })
      await followFolders(
        input,
        out,
        async (next) => {
          await next.waitFor(async () => next.notes.length > 0)
          expect(next.notes.join()).not.toContain('goes on from')
        },
        { seed: 7 },
      )
      await writeFile(path, (await readFile(path, 'utf8')).replace('900,32', '900,31'))
      expect(await verifyFolders(input, out)).toMatchObject({ isEqual: false })
    })
  })

  it.runIf(process.getuid?.() === 0)(
    'freezes on a full disk, and goes on when there is room',
    async () => {
      await withFolder(async (folder) => {
        const [input, disk] = [join(folder, 'in'), join(folder, 'disk')]
        await writeFiles(input, smallWorld())
        await mkdir(disk)
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
        try {
          await followFolders(input, join(disk, 'out'), async (follower) => {
            const first = await follower.waitFor(() => true)
            // As much as there is room for.
            await writeFile(join(disk, 'filler'), Buffer.alloc(32 << 20)).catch(() => undefined)
            await appendFile(join(input, CLICKS), '900,32,7\n')
            await follower.waitFor(() => follower.notes.some((note) => note.startsWith('frozen')))
            expect(await follower.state()).toBe(first)

            await rm(join(disk, 'filler'))
            // At once: no build has to come first.
            expect(await follower.waitFor((state) => state !== first)).toBe(`${first}+1`)
            expect(await follower.verify()).toMatchObject({ isEqual: true })
            expect(await follower.stop()).toEqual({ isFrozen: false })
          })
        } finally {
          execFileSync('umount', ['--lazy', disk])
        }
      })
    },
  )

  it.each<[string, (out: string, input: string) => Promise<void>, RegExp]>([
    [
      'are altered',
      async (out) => {
        const path = join(out, 'stage/follow/counts.json')
        await writeFile(path, (await readFile(path, 'utf8')).replace('"end": ', '"end": 1'))
      },
      /^counting anew: the saved counts were altered$/,
    ],
    [
      'are of other lines',
      async (_, input) => {
        const path = join(input, CLICKS)
        await writeFile(path, (await readFile(path, 'utf8')).replace('100,30,7', '100,31,7'))
      },
      /^counting anew: /,
    ],
  ])('counts anew when the saved counts %s, and says so', async (_, change, message) => {
    await withFollower(smallWorld(), async (follower) => {
      const { input, out } = follower
      await follower.waitFor(() => true)
      await follower.stop()
      const left = await findState(out)
      await change(out, input)
      await appendFile(join(input, CLICKS), '901,32,7\n')
      await followFolders(input, out, async (next) => {
        await next.waitFor((state) => state !== left)
        expect(next.notes.some((note) => message.test(note))).toBe(true)
        await next.stop()
      })
      expect(await verifyFolders(input, out)).toMatchObject({ isEqual: true })
    })
  })

  it('lets a day leave the window at midnight UTC', async () => {
    let time = new Date('2026-11-25T23:59:00Z')
    const header = 'click_id,banner_id,campaign_id\n'
    const files = {
      ...smallWorld(),
      '1/clicks_2026-11-24_a.csv': `${header}970,32,7\n`,
      '1/clicks_2026-11-25_a.csv': `${header}971,32,7\n`,
    }
    await withFollower(
      files,
      async (follower) => {
        const first = await follower.waitFor(() => true)
        time = new Date('2026-11-26T00:00:01Z')
        await follower.waitFor((state) => state !== first)
        const { window, inputs } = await readManifest(await resolveBuildFolder(follower.out))

        expect(window).toEqual({ days: 2, day: '2026-11-26' })
        expect(inputs.map(({ path }) => path)).not.toContain('1/clicks_2026-11-24_a.csv')
        expect(await follower.verify()).toMatchObject({ isEqual: true })
      },
      { days: 2, now: () => time },
    )
  })

  it('begins with an empty folder, and with lists that change', async () => {
    await withFollower({ '1/.keep': '' }, async (follower) => {
      for (const [path, text] of Object.entries(smallWorld())) {
        if (path.startsWith('1/')) await writeFile(join(follower.input, path), text)
      }
      const first = await follower.waitFor(() => true)
      await writeFile(
        join(follower.input, 'banners.csv'),
        'banner_id,click_url,alt,width,height\n30,https://example.com,A,300,250\n',
      )
      await follower.waitFor((state) => state.split('+')[0] !== first.split('+')[0])

      const { outputs } = await readManifest(await resolveBuildFolder(follower.out))
      expect(outputs.map(({ file }) => file)).toContain('banners.parquet')
    })
  })
})
