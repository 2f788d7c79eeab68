import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { MAX_ID } from '../../../contract/schema.ts'
import { createCampaignTable, findCampaign } from '../../../server/pools/campaign-table.ts'

describe('createCampaignTable', () => {
  it('knows no campaign if there is none', () => {
    const table = createCampaignTable(new Float64Array())

    expect(findCampaign(table, 7)).toBe(-1)
  })

  it('is at most half full', () => {
    const ids = Float64Array.from({ length: 1_000 }, (_, i) => i + 1)

    expect(createCampaignTable(ids).length).toBe(2_048)
  })

  test.prop([fc.uniqueArray(fc.integer({ min: 1, max: MAX_ID }), { maxLength: 200 })])(
    'finds every campaign at a place of its own, and no other',
    (ids) => {
      const table = createCampaignTable(Float64Array.from([...ids, ...ids]))

      const places = new Set(ids.map((id) => findCampaign(table, id)))
      expect(places.size).toBe(ids.length)
      expect(places.has(-1)).toBe(false)
      expect(findCampaign(table, ids.reduce((a, b) => Math.max(a, b), 0) + 1)).toBe(-1)
    },
  )

  it('tells ids apart that differ in the upper 32 bits only', () => {
    const table = createCampaignTable(Float64Array.from([5, 5 + 2 ** 32, 5 + 2 ** 33]))

    expect(findCampaign(table, 5 + 2 ** 34)).toBe(-1)
    expect(findCampaign(table, 5 + 2 ** 33)).not.toBe(findCampaign(table, 5))
  })
})
