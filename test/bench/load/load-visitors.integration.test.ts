import { describe, expect, it } from 'vitest'
import { createVisitors, readKnownPools } from '../../../bench/load/load-visitors.ts'
import { BUILD_ID, rowsOf, writeBuild } from '../../../scripts/lib/pool-files.ts'
import { withFolder } from '../../helpers/folders.ts'

/** What the server answers for campaign 7, banners 30 and 10. */
const BANNER = {
  campaign_id: 7,
  dataset: 2,
  banner_id: 30,
  image_url: 'http://127.0.0.1/images/30',
  build_id: BUILD_ID,
  pool_size: 2,
}

/** Visitors of a build with the campaigns 7 and, in one dataset only, 8. */
function visitors() {
  return withFolder(async (folder) => {
    await writeBuild(folder, rowsOf({ 7: [30, 10], 8: { 1: [20] } }))
    return createVisitors(await readKnownPools(folder), '127.0.0.1')
  })
}

function replyWith(changes: object) {
  return { status: 200, head: '', body: JSON.stringify({ ...BANNER, ...changes }) }
}

describe('a visitor', () => {
  it('asks for campaigns that have a pool in every dataset', async () => {
    const next = await visitors()

    expect(next().text).toBe('GET /campaigns/7 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n')
  })

  it.each([
    [{}, undefined],
    [{ banner_id: 10, image_url: '/images/10' }, undefined],
    [{ campaign_id: 8 }, 'another campaign'],
    [{ build_id: 'fedcba9876543210' }, 'a build or a pool that is not there'],
    [{ dataset: 5 }, 'a build or a pool that is not there'],
    [{ banner_id: 20, image_url: '/images/20' }, 'a banner of another pool'],
    [{ pool_size: 1 }, 'another size of the pool'],
    [{ image_url: '/images/10' }, 'the picture of another'],
  ])('finds in an answer with %j: %s', async (changes, fault) => {
    const next = await visitors()

    expect(next().faultOf(replyWith(changes))).toBe(fault)
  })

  it.each([
    [{ status: 0, head: 'connection closed', body: '' }, 'connection closed'],
    [{ status: 503, head: '', body: '{}' }, 'status 503'],
    [{ status: 200, head: '', body: '{' }, 'no JSON'],
  ])('finds %j wrong', async (reply, fault) => {
    const next = await visitors()

    expect(next().faultOf(reply)).toBe(fault)
  })

  it('comes back with its last banner, and wants another', async () => {
    const next = await visitors()
    next().faultOf(replyWith({}))
    const { text, faultOf } = next()

    expect(text).toContain('\r\nCookie: last=30\r\n')
    expect(faultOf(replyWith({}))).toBe('the same banner twice in a row')
    expect(faultOf(replyWith({ banner_id: 10, image_url: '/images/10' }))).toBeUndefined()
  })
})
