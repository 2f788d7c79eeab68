import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readGuarded, removeGuarded } from '../../../contract/guarded.ts'
import { smallWorld } from '../../helpers/builds.ts'
import { withFollower } from '../../helpers/follow.ts'
import { isEveryTest } from '../../helpers/size.ts'

const WAIT = { timeout: 180_000, interval: 50 }

/** Two thousand clicks of robots on a banner of campaign 7. */
const FLOOD = Array.from({ length: 2_000 }, (_, i) => `${5_000 + i},32,7\n`).join('')

async function readTouched(out: string, state: string): Promise<unknown> {
  const [id = '', n = ''] = state.split('+')
  return JSON.parse(await readFile(join(out, 'live', id, n, 'change.json'), 'utf8')).touched
}

describe('startFollowing with --guard', () => {
  it('leaves the pools of a flooded campaign as they are, publishes the others, and all when released', async () => {
    let nowMs = Date.parse('2026-11-30T12:00:00Z')
    const settings = { guard: 10, now: () => new Date(nowMs) }
    await withFollower(
      smallWorld(),
      async ({ input, out, notes, waitFor, verify, stop }) => {
        const first = await waitFor(() => true)
        await appendFile(join(input, '1/impressions_1.csv'), '30,7\n')
        const learned = await waitFor((state) => state !== first)
        nowMs += 120_000

        await appendFile(join(input, '1/clicks_1.csv'), FLOOD)
        await expect.poll(() => notes.join(), WAIT).toContain('guarded: the pool of campaign 7')
        await appendFile(join(input, '1/impressions_1.csv'), '40,8\n')
        const other = await waitFor((state) => state !== learned)

        expect(other).toBe(`${first}+2`)
        expect(await readTouched(out, other)).toEqual([{ dataset: 1, campaign_ids: [8] }])
        expect(await readGuarded(out)).toMatchObject([{ dataset: 1, campaign_id: 7 }])
        expect((await verify()).isEqual).toBe(false)

        await removeGuarded(out)
        await waitFor((state) => !state.startsWith(first))
        expect(notes).toContain('guarded campaigns go on')
        expect(await verify()).toMatchObject({ isEqual: true })
        expect(await stop()).toEqual({ isFrozen: false })
      },
      settings,
    )
  })

  it.runIf(isEveryTest)(
    'guards a campaign that had no event since the follower has started',
    async () => {
      let nowMs = Date.parse('2026-11-30T12:00:00Z')
      const settings = { guard: 10, now: () => new Date(nowMs) }
      await withFollower(
        smallWorld(),
        async ({ input, out, waitFor }) => {
          const first = await waitFor(() => true)
          await appendFile(join(input, '1/impressions_1.csv'), '40,8\n')
          await waitFor((state) => state !== first)
          nowMs += 120_000

          await appendFile(join(input, '1/clicks_1.csv'), FLOOD)

          await expect
            .poll(() => readGuarded(out), WAIT)
            .toMatchObject([{ dataset: 1, campaign_id: 7 }])
        },
        settings,
      )
    },
  )
})
