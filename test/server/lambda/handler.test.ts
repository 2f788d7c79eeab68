import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { NO_DENYLIST } from '../../../contract/denylist.ts'
import { eventOfFormat2, type VisitorRequest } from '../../../scripts/lib/lambda-events.ts'
import { createHandler } from '../../../server/lambda/handler.ts'
import { openLambdaLog } from '../../../server/lambda/log.ts'
import { readSettings } from '../../../server/settings.ts'
import { poolsOf } from '../../helpers/pools.ts'

const BUILD = { pools: poolsOf({ 7: [30] }), createdAtMs: 1_793_491_200_000, version: '1' }
const ASK: VisitorRequest = { path: '/campaigns/7' }

/** What is denied by a function that has read its denylist, and by one that has not. */
const DENYLISTS = { known: NO_DENYLIST, unknown: undefined }

/** A function that looks every minute, at 9:20 on a clock that the test moves. */
async function create(
  isLoaded: boolean,
  look: () => Promise<void>,
  denylist: keyof typeof DENYLISTS = 'known',
) {
  const clock = { ms: 1_793_524_800_000 }
  const now = () => new Date(clock.ms)
  const lines: string[] = []
  let build = isLoaded ? BUILD : undefined
  const handler = await createHandler({
    settings: readSettings({}, {}),
    followed: { build: () => build, denylist: () => DENYLISTS[denylist], look },
    log: openLambdaLog((line) => lines.push(line), 'banners', now),
    checkEveryMs: 60_000,
    now,
  })
  const ask = async () => handler(eventOfFormat2('$default', ASK) as Parameters<typeof handler>[0])
  return { clock, ask, lines, load: () => (build = BUILD) }
}

describe('the handler', () => {
  it('looks for another build once a minute, and not before', async () => {
    const look = vi.fn(async () => {})
    const { clock, ask, lines } = await create(true, look)

    await ask()
    clock.ms += 59_999
    await ask()
    expect(look).toHaveBeenCalledTimes(0)

    clock.ms += 1
    await ask()
    await ask()
    expect(look).toHaveBeenCalledTimes(1)
    expect(lines.map((line) => JSON.parse(line).PoolsAgeHours)).toEqual([33_660 / 3_600])
  })

  it('gives event addresses of a server elsewhere, if one is named, and none to who opted out', async () => {
    const settings = readSettings({}, {})
    const handler = await createHandler({
      settings,
      followed: { build: () => BUILD, denylist: () => DENYLISTS.known, look: async () => {} },
      log: openLambdaLog(
        () => {},
        'banners',
        () => new Date(),
      ),
      ...{ checkEveryMs: 60_000, now: () => new Date('2026-11-01T09:20:00Z') },
      events: {
        baseUrl: 'https://collect.example',
        sign: ({ bannerId }) => `token-of-${bannerId}`,
        countOptOut: () => {},
      },
    })
    const ask = async (headers: Record<string, string>) => {
      const event = eventOfFormat2('$default', { ...ASK, headers: { ...ASK.headers, ...headers } })
      const answer = (await handler(event as Parameters<typeof handler>[0])) as { body: string }
      return JSON.parse(answer.body)
    }

    const { banner_id, impression_url, click_url } = await ask({})
    expect(impression_url).toBe(`https://collect.example/impressions/token-of-${banner_id}`)
    expect(click_url).toBe(`https://collect.example/clicks/token-of-${banner_id}`)
    expect((await ask({ 'sec-gpc': '1' })).impression_url).toBeUndefined()
  })

  it('answers before a look is at its end', async () => {
    const { clock, ask } = await create(true, () => new Promise(() => {}))
    clock.ms += 60_000

    expect(await ask()).toMatchObject({ statusCode: 200 })
  })

  it('serves nothing while what is denied is not known', async () => {
    const look = vi.fn(async () => {})
    const { clock, ask } = await create(true, look, 'unknown')
    clock.ms += 1_000

    expect(await ask()).toMatchObject({ statusCode: 503 })
    expect(look).toHaveBeenCalledTimes(1)
  })

  it('waits for a look while nothing is loaded, every second', async () => {
    const look = vi.fn(async () => {})
    const { clock, ask, load } = await create(false, look)
    expect(await ask()).toMatchObject({ statusCode: 503 })

    look.mockImplementation(async () => {
      await sleep(20)
      load()
    })
    clock.ms += 1_000

    expect(await ask()).toMatchObject({ statusCode: 200 })
    expect(look).toHaveBeenCalledTimes(1)
  })
})
