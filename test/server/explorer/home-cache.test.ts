import { describe, expect, it } from 'vitest'
import { keepHome } from '../../../server/explorer/home-cache.ts'
import type { PageContext } from '../../../server/explorer/page-context.ts'

const DENYLIST = { banners: new Set<number>(), campaigns: new Set<number>() }

/** A visit at a time, in milliseconds, with what else changes the page. */
function visitAt(
  ms: number,
  changes: { query?: string; version?: string; denylist?: object; guarded?: object[] } = {},
) {
  const { query, version = 'v', denylist = DENYLIST, guarded = [] } = changes
  return {
    root: './',
    links: { base: 'http://a' },
    query: (name: string) => (name === 'q' ? query : undefined),
    build: { version },
    denylist,
    guarded: async () => guarded,
    now: new Date(ms),
  } as unknown as PageContext
}

describe('keepHome', () => {
  it('makes a page once for each build, minute, search, denylist and guarded campaigns', async () => {
    let made = 0
    const home = keepHome(async () => {
      made++
      return { answer: { status: 200, headers: {}, body: `${made}` }, isComplete: true }
    })
    const visits = [
      visitAt(0),
      visitAt(59_999),
      visitAt(60_000),
      visitAt(60_000, { query: '1' }),
      visitAt(60_000, { version: 'w' }),
      visitAt(60_000, { denylist: { ...DENYLIST } }),
      visitAt(60_000, { guarded: [{ campaign_id: 7, dataset: 1 }] }),
    ]

    const bodies: unknown[] = []
    for (const visit of visits) bodies.push((await home(visit)).body)

    expect(bodies).toEqual(['1', '1', '2', '3', '4', '5', '6'])
  })

  it('does not keep a page without figures', async () => {
    let made = 0
    const home = keepHome(async () => {
      made++
      return { answer: { status: 200, headers: {}, body: '' }, isComplete: false }
    })
    await home(visitAt(0))
    await home(visitAt(0))

    expect(made).toBe(2)
  })
})
