/** What version 0.2.0 wrote, through everything that reads it: test/fixtures/format-2 is kept as it was released. */
import { cp, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../contract/read.ts'
import { buildPools } from '../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../pipeline/commands/features.ts'
import { listAllBuilds } from '../../pipeline/history/list.ts'
import { writeManifest } from '../../scripts/lib/pool-files.ts'
import { followBuild, type Reload } from '../../server/pools/follow.ts'
import { bannersOf, findPools, slotOf } from '../../server/pools/pools.ts'
import { withFolder } from '../helpers/folders.ts'
import { followFolders } from '../helpers/follow.ts'
import { NOON, withCollecting } from '../server/events/event-app.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/format-2')
const BUILD = 'a5b2b9db4509d929'
const NOTHING = { reload: () => {}, change: () => {}, gap: () => {} }
const CLICK_URL = 'https://shop.example/{banner_id}?click_id={click_id}'

/** Runs `fn` with copies that may be written. */
function withCopies<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    await cp(FIXTURE, folder, { recursive: true, verbatimSymlinks: true })
    return fn(folder)
  })
}

describe('what version 0.2.0 wrote', () => {
  it('is served, with the change on top of the build', async () => {
    const followed = await followBuild(join(FIXTURE, 'artifacts'), NOTHING)
    const { pools } = followed.build()
    const found = findPools(pools, 7)
    followed.stop()

    expect(pools.buildId).toBe(`${BUILD}+1`)
    expect(pools.campaignCount).toBe(2)
    // Banner 6 has its place by a conversion that came after the build.
    expect(found && bannersOf(pools, slotOf(found, 1))[0]).toBe(6)
  })

  it('is in the list of builds', async () => {
    const { builds, losses } = await listAllBuilds(join(FIXTURE, 'artifacts'))

    expect(builds.map(({ build_id }) => build_id)).toEqual([BUILD])
    expect(losses).toEqual([])
  })

  it('is followed on, to the bytes of a batch', async () => {
    await withCopies(async (folder) => {
      const [input, out] = [join(folder, 'logs'), join(folder, 'artifacts')]

      const verified = await followFolders(input, out, async (follower) => {
        expect(await follower.state()).toMatch(new RegExp(`^${BUILD}\\+1$`))
        await follower.stop()
        return follower.verify()
      })

      expect(verified).toMatchObject({ isEqual: true })
    })
  })

  it('goes on collecting: a repeated click leads to where it led, and a new one gets a new id', async () => {
    await withCopies(async (folder) => {
      const [address, led] = JSON.parse(await readFile(join(folder, 'clicks.json'), 'utf8'))
      const events = join(folder, 'events')

      await withCollecting(
        events,
        async ({ decide, request, warnings }) => {
          const again = await request(address)
          const next = await request((await decide()).click)

          expect(again.headers.get('location')).toBe(led)
          expect(readClickId(next)).toBeGreaterThan(readClickId(again))
          expect(warnings).toEqual([])
        },
        { now: () => NOON + 60_000, clickUrl: CLICK_URL },
      )
    })
  })

  it('has collected events that are built', async () => {
    await withFolder(async (out) => {
      await buildPools({ ...BUILD_DEFAULTS, input: join(FIXTURE, 'events'), out })
      const { inputs } = await readManifest(join(out, 'current'))

      const rows = inputs
        .filter(({ rows }) => rows > 0)
        .map(({ path, rows }) => [path.slice(0, 8), rows])
      expect(rows).toEqual([
        ['2/impres', 3],
        ['2/clicks', 1],
        ['2/conver', 1],
      ])
    })
  })
})

describe('a build of a later format version', () => {
  it('is said once and not taken: what was served goes on', async () => {
    await withCopies(async (folder) => {
      const artifacts = join(folder, 'artifacts')
      const reloads: Reload[] = []
      const followed = await followBuild(artifacts, {
        ...NOTHING,
        reload: (reload) => reloads.push(reload),
      })
      const later = join(artifacts, 'builds', 'later')
      await cp(join(artifacts, 'builds', BUILD), later, { recursive: true })
      const pools = await readFile(join(later, 'pools.parquet'))
      await writeManifest(later, pools, { build_id: 'later', format_version: 3 })
      await symlink(join('builds', 'later'), join(artifacts, 'next'))
      await rename(join(artifacts, 'next'), join(artifacts, 'current'))

      await followed.actNow()
      await followed.actNow()
      followed.stop()

      const faults = reloads.flatMap((one) => (one.result === 'error' ? [one.error.message] : []))
      expect(faults).toEqual([expect.stringContaining('format version is 3, expected 2 or 1')])
      expect(followed.build().pools.buildId).toBe(`${BUILD}+1`)
    })
  })
})

/** The number in a click id, without its signature. */
function readClickId({ headers }: Response): number {
  const id = new URL(String(headers.get('location'))).searchParams.get('click_id')
  return Number(id?.split('.')[0])
}
