/** From a line in a log to the answer of a server, and servers that are killed meanwhile. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { runServer } from '../../scripts/lib/run-server.ts'
import { smallWorld } from '../helpers/builds.ts'
import { type TestFollower, withFollower } from '../helpers/follow.ts'
import { seededRandom } from '../helpers/seeded-random.ts'
import { size } from '../helpers/size.ts'

const WAIT = { timeout: 60_000, interval: 20 }
const KILLS = Number(process.env.BANNER_POOLS_SERVER_KILLS ?? size(8, 70))
const SEED = Number(process.env.BANNER_POOLS_TEST_SEED ?? 25)

interface BannerAnswer {
  readonly banner_id: number
  readonly build_id: string
}

/** Shows banners of campaigns in quarter 1. */
async function show(follower: TestFollower, ...pairs: [banner: number, campaign: number][]) {
  const lines = pairs.map(([banner, campaign]) => `${banner},${campaign}\n`)
  await appendFile(join(follower.input, '1/impressions_1.csv'), lines.join(''))
}

/** Asks for a banner of a campaign in quarter 1; null: the campaign is unknown. */
async function ask(url: string, campaign: number): Promise<BannerAnswer | null> {
  const response = await fetch(`${url}/campaigns/${campaign}?dataset=1`)
  if (response.status === 404) return null
  expect(response.status).toBe(200)
  return (await response.json()) as BannerAnswer
}

/** Number of the change in a state: `<build>+<n>`. */
function numberOf(state: string | null): number {
  return Number(state?.split('+')[1] ?? 0)
}

function serveFlags({ out }: TestFollower, workers: number): string[] {
  return ['--artifacts', out, '--port', '0', '--workers', String(workers), '--log', 'json']
}

function withServed(
  workers: number,
  fn: (url: string, follower: TestFollower, server: ChildProcess) => Promise<void>,
): Promise<void> {
  return withFollower(smallWorld(), async (follower) => {
    await follower.waitFor(() => true)
    await runServer(serveFlags(follower, workers), (url, server) => fn(url, follower, server))
  })
}

describe('a server beside a follower', { timeout: 600_000 + KILLS * 20_000 }, () => {
  it('answers with what only a new line can have brought, in every worker', async () => {
    await withServed(2, async (url, follower) => {
      expect(await ask(url, 900)).toBeNull()

      await show(follower, [77, 900])

      // A connection each, so that both workers are asked.
      await vi.waitFor(async () => {
        const answers = await Promise.all(Array.from({ length: 16 }, () => ask(url, 900)))
        for (const answer of answers) {
          expect(answer).toMatchObject({ banner_id: 77 })
          expect(answer?.build_id).toMatch(/^[0-9a-f]+\+\d+$/)
        }
      }, WAIT)
    })
  })

  it('serves the state after each start that was served before it was killed, or a later one', async () => {
    const random = seededRandom(SEED)
    await withFollower(smallWorld(), async (follower) => {
      await follower.waitFor(() => true)
      let seen: string | null = null
      let campaign = 1_000
      for (let kill = 0; kill < KILLS; kill++) {
        await runServer(serveFlags(follower, 1), async (url, server) => {
          const first = (await ask(url, 7))?.build_id ?? ''
          if (seen?.split('+')[0] === first.split('+')[0]) {
            expect(numberOf(first)).toBeGreaterThanOrEqual(numberOf(seen))
          }
          for (let known = 1_000; known < campaign; known++) {
            expect(await ask(url, known)).toMatchObject({ banner_id: known })
          }
          const next = campaign
          await show(follower, [next, next])
          await vi.waitFor(async () => expect(await ask(url, next)).not.toBeNull(), WAIT)
          campaign++
          // While changes are being read and written.
          await show(follower, [next, 7])
          await sleep(random() * 300)
          seen = (await ask(url, 7))?.build_id ?? ''
          server.kill('SIGKILL')
          await once(server, 'exit')
        }).catch((error) => {
          throw new Error(`seed ${SEED}, kill ${kill}: ${error.message}`, { cause: error })
        })
      }
      expect((await follower.verify()).isEqual).toBe(true)
    })
  })

  it('takes builds and changes without an answer of an earlier state', async () => {
    await withFollower(
      smallWorld(),
      async (follower) => {
        await follower.waitFor(() => true)
        const flags = [...serveFlags(follower, 1), '--ops-port', '0']
        await runServer(flags, async (url, _server, ops) => {
          const builds = new Set<string>()
          for (let campaign = 2_000; campaign < 2_000 + size(40, 100); campaign++) {
            await show(follower, [campaign, campaign])
            await vi.waitFor(async () => expect(await ask(url, campaign)).not.toBeNull(), WAIT)
            // What was served once is never taken back, whatever is current now.
            const earlier = await ask(url, campaign - 1)
            if (campaign > 2_000) expect(earlier).toMatchObject({ banner_id: campaign - 1 })
            builds.add(earlier?.build_id.split('+')[0] ?? '')
          }
          builds.delete('')
          expect(builds.size).toBeGreaterThan(1)
          const metrics = await (await fetch(`${ops}/metrics`)).text()
          expect(metrics).toContain('banner_pools_change_gaps_total 0\n')
          expect(metrics).toContain('banner_pools_reloads_total{result="error"} 0\n')
        })
      },
      { buildEvery: 2 },
    )
  })
})
