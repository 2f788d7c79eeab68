import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../../contract/read.ts'
import { createTokenWriter, readToken } from '../../../contract/token.ts'
import { buildPools } from '../../../pipeline/build/build.ts'
import { BUILD_DEFAULTS } from '../../../pipeline/commands/features.ts'
import type { CollectedEvent } from '../../../server/events/event.ts'
import { createRun } from '../../../server/events/run.ts'
import { withFolder } from '../../helpers/folders.ts'
import { type CollectingApp, KEY, NOON, withCollecting } from './event-app.ts'

const MINUTE = 60_000

async function countImpressions(folder: string): Promise<number> {
  const files = (await readdir(join(folder, '2'))).filter((file) => file.startsWith('impressions'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, '2', file), 'utf8')))
  return texts.reduce((sum, text) => sum + text.split('\n').length - 2, 0)
}

/** The path of an impression that another process signed, with its own clock. */
function signElsewhere(nowMs: number, counter: number): string {
  const write = createTokenWriter(KEY)
  const now = new Date(nowMs)
  const seconds = Math.floor(nowMs / 1_000)
  const decision = {
    ...({ dataset: 2, campaignId: 7, bannerId: 30 } as const),
    ...{ buildId: 'abcdef012345', probability: 0.1 },
  }
  return `/impressions/${write(decision, { seconds, run: createRun(now), counter })}`
}

describe('a server that collects', () => {
  it.each([
    ['five minutes ahead', 5],
    ['five minutes behind', -5],
  ])('counts once what a process signed whose clock is %s, over a restart', async (_, minutes) => {
    await withFolder(async (folder) => {
      const seen = signElsewhere(NOON + minutes * MINUTE, 1)
      await withCollecting(folder, async ({ request, collector }) => {
        for (let i = 0; i < 2; i++) expect((await request(seen)).status).toBe(204)
        expect(collector.totals.counted.impression).toBe(1)
      })
      // Set back meanwhile.
      const options = { now: () => NOON - 3 * MINUTE }
      await withCollecting(
        folder,
        async ({ request, collector }) => {
          expect((await request(seen)).status).toBe(204)
          expect(collector.totals.rejected.repeat).toBe(1)
        },
        options,
      )
      expect(await countImpressions(folder)).toBe(1)
    })
  })

  it('counts a flood up to what it can hold, says of the rest that it is lost, and goes on', async () => {
    await withFolder(async (folder) => {
      await withCollecting(folder, async (app) => {
        const outcomes = await flood(app, 300, 500)

        const statuses = outcomes.map(({ status }) => status)
        const counted = statuses.filter((status) => status === 'counted').length
        expect(counted).toBeGreaterThanOrEqual(100_000)
        expect(statuses.filter((status) => status === 'lost')).toHaveLength(150_000 - counted)
        expect(app.collector.unkept.lost_impression).toBe(150_000 - counted)
        expect(await countImpressions(folder)).toBe(counted)
        expect((await app.request((await app.decide()).seen)).status).toBe(204)
      })
      expect(await countImpressions(folder)).toBeGreaterThan(100_000)
    })
  })

  it.each([
    ['/impressions/', 204],
    ['/clicks/', 404],
  ])('answers a token of 8 kB at %s with %i, and counts nothing', async (path, status) => {
    await withFolder((folder) =>
      withCollecting(folder, async (app) => {
        const { seen } = await app.decide()
        const token = seen.slice('/impressions/'.length)
        expect(readToken(token, [KEY])).not.toBeNull()

        expect((await app.request(path + token.padEnd(8_192, 'A'))).status).toBe(status)

        expect(app.collector.unkept.bad_token).toBe(1)
        expect(app.collector.totals.counted).toMatchObject({ impression: 0, click: 0 })
      }),
    )
  })

  it('makes a folder that builds before anything has happened', async () => {
    await withFolder(async (parent) => {
      const [input, out] = [join(parent, 'events'), join(parent, 'out')]
      await withCollecting(input, async () => {})

      await buildPools({ ...BUILD_DEFAULTS, input, out })

      const { inputs, outputs } = await readManifest(join(out, 'current'))
      expect(inputs).toHaveLength(12)
      expect(outputs.find(({ file }) => file === 'pools.parquet')?.rows).toBe(0)
    })
  })
})

/** All at once, before anything is written. */
async function flood({ collector }: CollectingApp, senders: number, events: number) {
  const run = createRun(new Date(NOON)).toString('hex')
  const about = {
    ...({ dataset: 2, campaignId: 7, bannerId: 30 } as const),
    ...{ run, at: NOON / 1_000, probability: 0.1 },
  }
  const sent = Array.from({ length: senders }, (_, sender) =>
    collector.record(
      Array.from({ length: events }, (_, i): CollectedEvent => {
        return { kind: 'impression', ...about, counter: sender * events + i + 1 }
      }),
    ),
  )
  return (await Promise.all(sent)).flat()
}
