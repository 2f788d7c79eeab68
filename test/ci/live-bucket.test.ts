/** What a follower publishes, in a bucket: full builds, and changes joined, as servers on another machine take them. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readManifest } from '../../contract/read.ts'
import { readHold as readHoldOf } from '../../contract/read-changes.ts'
import { SILENT } from '../../pipeline/base/progress.ts'
import { parseS3Url } from '../../pipeline/base/s3/location.ts'
import { holdPublication, releasePublication } from '../../pipeline/publish/hold.ts'
import { type Copier, createCopier } from '../../pipeline/s3/copy.ts'
import { copyState } from '../../pipeline/s3/copy-state.ts'
import { type Store, withStore } from '../../pipeline/s3/store.ts'
import { findState } from '../../scripts/lib/published-state.ts'
import { runServer } from '../../scripts/lib/run-server.ts'
import { createMirror } from '../../server/bucket/mirror.ts'
import { openBucket } from '../../server/bucket/objects.ts'
import { loadPublished } from '../../server/lambda/builds.ts'
import { createObjectReader } from '../../server/lambda/objects.ts'
import { loadBuild } from '../../server/pools/load.ts'
import { smallWorld } from '../helpers/builds.ts'
import { createFolder, removeFolder } from '../helpers/folders.ts'
import {
  type TestFollower,
  type TestSettings,
  verifyFolders,
  withFollower,
} from '../helpers/follow.ts'
import { spawnFollower } from '../helpers/follow-process.ts'
import { type S3Server, startS3 } from '../helpers/s3.ts'
import { seededRandom } from '../helpers/seeded-random.ts'

const WAIT = { timeout: 60_000, interval: 50 }
const now = () => new Date()

let store: S3Server
let url: string
let copy: string
let places = 0

beforeAll(async () => {
  store = await startS3()
  for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await store.stop()
})
beforeEach(async () => {
  places += 1
  url = `s3://bucket/pools-${places}`
  copy = await createFolder()
})
afterEach(() => removeFolder(copy))

function startCopier(out: string): Copier {
  const copier = createCopier({ url, out, keep: 2, now, progress: SILENT, everyMs: 100 })
  copier.start()
  return copier
}

/** Gives `fn` a follower whose states are copied, and what copies the bucket into a folder as a server does. */
function withCopies(
  fn: (follower: TestFollower, bring: () => Promise<void>, copier: Copier) => Promise<void>,
  settings: TestSettings = {},
): Promise<void> {
  return withFollower(
    smallWorld(),
    async (follower) => {
      await follower.waitFor(() => true)
      const copier = startCopier(follower.out)
      const bucket = await openBucket(parseS3Url(url, 'artifacts'))
      const mirror = createMirror(bucket, copy)
      try {
        await fn(follower, mirror.bring, copier)
      } finally {
        await copier.finish()
        bucket.close()
      }
    },
    settings,
  )
}

async function click(follower: TestFollower, id: number): Promise<void> {
  await appendFile(join(follower.input, '1/clicks_1.csv'), `${id},${30 + (id % 3)},7\n`)
}

/** Writes clicks, a change each. */
async function clickOften(follower: TestFollower, first: number, count: number): Promise<void> {
  for (let id = first; id < first + count; id += 1) {
    const before = await follower.state()
    await click(follower, id)
    await follower.waitFor((state) => state !== before)
  }
}

/** Waits until the copy is at the follower's state. */
async function caughtUp(follower: TestFollower, bring: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    await bring()
    expect(await findState(copy)).toBe(await follower.state())
  }, WAIT)
}

/** Keys below the place of this test, without it. */
async function keys(): Promise<string[]> {
  const prefix = `${url.slice('s3://bucket/'.length)}/`
  const all = await store.keys()
  return all.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
}

describe('changes in a bucket', { timeout: 120_000 }, () => {
  it('bring a copy to each state with the bytes of a batch, several changes as one', async () => {
    await withCopies(async (follower, bring, copier) => {
      await caughtUp(follower, bring)
      await copier.finish()
      await clickOften(follower, 900, 5)
      const again = startCopier(follower.out)
      await caughtUp(follower, bring)
      await again.finish()

      expect(await verifyFolders(follower.input, copy)).toMatchObject({ isEqual: true })
      const changes = (await keys()).filter((key) => key.endsWith('/change.json'))
      expect(changes.length).toBe(1)
      expect(changes[0]).toMatch(/^live\/[0-9a-f]+\/[0-9a-f]{16}\/5\/change\.json$/)

      const published = await loadPublished(
        createObjectReader('bucket', store.env),
        url.slice('s3://bucket/'.length),
        (path) => loadBuild(path, undefined),
      )
      expect(published?.build.pools.buildId).toBe((await follower.state())?.split('+')[0])
    })
  })

  it('go with the builds that they lie on', async () => {
    await withCopies(
      async (follower, bring) => {
        const builds = new Set<string>()
        for (let id = 900; builds.size < 3; id += 1) {
          await click(follower, id)
          await caughtUp(follower, bring)
          builds.add((await follower.state())?.split('+')[0] ?? '')
        }
        expect(await verifyFolders(follower.input, copy)).toMatchObject({ isEqual: true })
        const live = new Set((await keys()).flatMap((key) => /^live\/(\w+)/.exec(key)?.[1] ?? []))
        expect(live.size).toBeLessThanOrEqual(2)
        const kept = (await keys()).filter((key) => key.endsWith('/pools.parquet'))
        expect(kept.filter((key) => key.startsWith('builds/')).length).toBe(2)
      },
      { buildEvery: 2 },
    )
  })

  it('are whole or not there when the follower ends between any two objects', async () => {
    await withCopies(async (follower, bring, copier) => {
      await caughtUp(follower, bring)
      await copier.finish()
      let served = 0
      for (let writes = 0; ; writes += 1) {
        await clickOften(follower, 1_000 + 2 * writes, 2)
        const isEnded = await withStore(parseS3Url(url, 'out'), (place) =>
          copyUntil(place, follower.out, writes),
        )
        await bring()
        const { isEqual, linesBytes } = await verifyFolders(follower.input, copy)
        expect({ writes, isEqual }).toEqual({ writes, isEqual: true })
        expect(linesBytes).toBeGreaterThanOrEqual(served)
        served = linesBytes
        if (!isEnded) break
      }
      expect(await findState(copy)).toBe(await follower.state())
    })
  })

  it('that cannot be read leave the state before, until the next full build', async () => {
    await withCopies(async (follower, bring, copier) => {
      await caughtUp(follower, bring)
      const before = await findState(copy)
      await click(follower, 900)
      await vi.waitFor(async () => {
        expect((await keys()).some((key) => key.endsWith('/change.json'))).toBe(true)
      }, WAIT)
      await copier.finish()
      const gone = (await keys()).filter((key) => key.startsWith('live/'))
      const objects = gone
        .filter((key) => key.endsWith('.parquet'))
        .map((key) => ({ Key: `${url.slice('s3://bucket/'.length)}/${key}` }))
      await store.client.send(
        new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects: objects } }),
      )
      await expect(bring()).rejects.toThrow('is missing: live/')
      expect(await findState(copy)).toBe(before)

      await follower.stop()
      await startCopier(follower.out).finish()
      await bring()
      expect(await findState(copy)).toBe(await follower.state())
      expect(await verifyFolders(follower.input, copy)).toMatchObject({ isEqual: true })
    })
  })

  it('stop at a hold, which the copy knows, and go on after it', async () => {
    await withCopies(async (follower, bring) => {
      await clickOften(follower, 900, 1)
      const held = await holdPublication(follower.out, { reason: 'prices', now })
      await caughtUp(follower, bring)
      await vi.waitFor(async () => {
        await bring()
        const hold = await readHoldOf(copy)
        expect(`${hold?.build_id}+${hold?.n} ${hold?.reason}`).toBe(`${held} prices`)
      }, WAIT)
      await click(follower, 901)
      await releasePublication(follower.out)
      await follower.waitFor((state) => state !== held)
      await caughtUp(follower, bring)
      expect(await readHoldOf(copy)).toBeNull()
      expect(await verifyFolders(follower.input, copy)).toMatchObject({ isEqual: true })
    })
  })

  it('come late while the bucket is away, and servers stay where they are', async () => {
    await withCopies(async (follower, bring, copier) => {
      await caughtUp(follower, bring)
      const before = await findState(copy)
      await store.leave()
      await clickOften(follower, 900, 2)
      await expect(bring()).rejects.toThrow('cannot be read')
      await vi.waitFor(() => expect(copier.failure()).toContain('cannot be reached'), WAIT)
      expect(await findState(copy)).toBe(before)

      await store.comeBack()
      await caughtUp(follower, bring)
      await vi.waitFor(() => expect(copier.failure()).toBeNull(), WAIT)
      expect(await verifyFolders(follower.input, copy)).toMatchObject({ isEqual: true })
    })
  })
})

describe('a server with a bucket', { timeout: 240_000 }, () => {
  it('serves what the follower copies, through kills of the follower, and never an earlier state', async () => {
    const random = seededRandom(31)
    await withFollower(smallWorld(), async (first) => {
      await first.waitFor(() => true)
      await first.stop()
      const { input, out } = first
      const flags = ['--bucket', url, '--build-every', '4']
      await startCopier(out).finish()
      const serve = ['--artifacts', url, '--port', '0', '--workers', '2', '--log', 'json']
      const result = await runServer(
        serve,
        async (address) => {
          let seen = 999
          for (let kill = 0; kill < 3; kill += 1) {
            const follower = spawnFollower(input, out, flags, store.env)
            await follower.waitFor('following')
            const campaign = 1_000 + kill
            await appendFile(join(input, '1/impressions_1.csv'), `${campaign},${campaign}\n`)
            await vi.waitFor(async () => {
              // What was served once is never taken back.
              if (seen > 999) expect(await ask(address, seen)).toBe(200)
              expect(await ask(address, campaign)).toBe(200)
            }, WAIT)
            seen = campaign
            await new Promise((resolve) => setTimeout(resolve, random() * 1_000))
            await follower.kill()
          }
          const last = spawnFollower(input, out, flags, store.env)
          await last.waitFor('following')
          const standby = spawnFollower(input, out, flags, store.env)
          await standby.waitFor('waiting to take over')
          expect(await last.stop()).toBe(0)
          await standby.kill()
          expect(standby.log()).not.toContain('not copied')
          const { build_id } = await readManifest(join(out, 'current'))
          await vi.waitFor(async () => {
            const response = await fetch(`${address}/campaigns/${seen}?dataset=1`)
            expect(await response.json()).toMatchObject({ build_id })
          }, WAIT)
        },
        { ...store.env, HOME: copy },
      )
      expect(result.code).toBe(0)
      expect(result.stderr).not.toContain('"level":50')
    })
  })

  it('says in one line that there is no build, or that the bucket is away, and serves its cache', async () => {
    const flags = ['--artifacts', url, '--port', '0', '--log', 'json', '--artifacts-cache', copy]
    const env = { ...store.env, HOME: copy }
    const none = await runServer(flags, undefined, env)
    expect(none.code).toBe(1)
    expect(JSON.parse(none.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      ...{ event: 'start_refused', exit_code: 1, msg: 'no build is published: manifest.json' },
    })

    await withCopies(async (follower, bring) => {
      await caughtUp(follower, bring)
      await store.leave()
      try {
        await runServer(flags, async (address) => expect(await ask(address, 7)).toBe(200), env)
      } finally {
        await store.comeBack()
      }
    })
  })
})

async function ask(address: string, campaign: number): Promise<number> {
  const response = await fetch(`${address}/campaigns/${campaign}?dataset=1`)
  await response.arrayBuffer()
  return response.status
}

/** Copies as the follower does, and ends after so many writes; tells whether that was before the end. */
async function copyUntil(store: Store, out: string, writes: number): Promise<boolean> {
  let left = writes
  const count = <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) => {
    return (...args: Args): Promise<Result> => {
      if (left === 0) throw new Error('killed')
      left -= 1
      return write(...args)
    }
  }
  const { upload, replace, remove } = store
  const mortal = { ...store, upload: count(upload), replace: count(replace), remove: count(remove) }
  try {
    await copyState(mortal, { out, keep: 2, now, progress: SILENT, copied: null })
    return false
  } catch (error) {
    if ((error as Error).message !== 'killed') throw error
    return true
  }
}
