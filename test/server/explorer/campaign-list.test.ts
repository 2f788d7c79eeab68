import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { findCampaigns, PAGE_SIZE } from '../../../server/explorer/campaign-list.ts'
import { size } from '../../helpers/size.ts'

const id = fc.oneof(
  fc.integer({ min: 1, max: 3_000 }),
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.constantFrom(9007199254740991, 9007199254740990, 900719925474099),
)
const digits = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 99 }).map(String),
  fc.integer({ min: 1, max: 10_000 }).map(String),
  fc.constantFrom('9', '90', '9007199254740991', '9999999999999999', '900719925474099'),
)

describe('findCampaigns', () => {
  test.prop(
    [fc.uniqueArray(id, { maxLength: 400, size: 'max' }), digits, fc.integer({ min: 1, max: 9 })],
    {
      numRuns: size(300, 2_000),
    },
  )('finds what a look at each id finds', (ids, start, page) => {
    const all = ids.sort((a, b) => a - b).filter((one) => String(one).startsWith(start))
    const pages = Math.max(1, Math.ceil(all.length / PAGE_SIZE))
    const shown = Math.min(page, pages)

    expect(findCampaigns(Float64Array.from(ids), start, page)).toEqual({
      ids: all.slice((shown - 1) * PAGE_SIZE, shown * PAGE_SIZE),
      total: all.length,
      page: shown,
      pages,
    })
  })

  it('begins with the campaign of just these digits', () => {
    const ids = Float64Array.from([1, 2, 12, 20, 119, 120, 125, 1200])

    expect(findCampaigns(ids, '12', 1).ids).toEqual([12, 120, 125, 1200])
  })

  it('looks at few of a million', () => {
    let looks = 0
    const ids = Float64Array.from({ length: 1_000_000 }, (_, place) => place + 1)
    const counted = new Proxy(ids, {
      get: (target, name) => {
        looks++
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })

    const { total, ids: found } = findCampaigns(counted, '7', 3)

    expect(total).toBe(111_111)
    expect(found.slice(0, 2)).toEqual([789, 790])
    expect(looks).toBeLessThan(1_000)
  })
})
