import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type Candidate, explainDataset, type Needs } from '../../contract/explain.ts'
import { type Banner, RULES, type Sizes, statsRows } from '../helpers/reference-rules.ts'
import { size } from '../helpers/size.ts'

/** Counts of one banner; revenue in millionths. */
interface Figures {
  readonly clicks: number
  readonly conversions: number
  readonly revenue: bigint
}

/** Candidates as the naive reference ranks them; banners 30, 31 and so on. */
function candidatesOf(figures: readonly Figures[], sizes: Sizes = RULES): Candidate[] {
  const banners: Banner[] = figures.map((one, index) => ({
    campaignId: 7,
    bannerId: 30 + index,
    drawKey: String((index * 7) % 10),
    impressions: 1,
    clicks: one.clicks,
    conversions: one.conversions,
    millionths: one.revenue,
  }))
  return statsRows(1, banners, sizes).map(({ campaign_id: _, revenue, ...row }) => ({
    ...row,
    revenue: BigInt(revenue.replace('.', '')),
  }))
}

function isIn(figures: readonly Figures[], sizes: Sizes, bannerId: number): boolean {
  const found = candidatesOf(figures, sizes).find(({ banner_id }) => banner_id === bannerId)
  return found?.pool_rank !== null
}

/** Few distinct values, so that ties are common. */
const figures = fc
  .record({
    clicks: fc.constantFrom(0, 0, 1, 2, 3),
    conversions: fc.constantFrom(0, 0, 1, 2),
    revenue: fc.constantFrom(0n, 1n, 2n, 500_000n, 1_250_000n),
  })
  .map((one) => ({
    clicks: one.conversions > 0 ? Math.max(one.clicks, 1) : one.clicks,
    conversions: one.conversions,
    revenue: one.conversions > 0 ? one.revenue : 0n,
  }))
const campaign = fc.array(figures, { minLength: 1, maxLength: 16 })

/** Those of the rules, and others. */
const sizes = fc.oneof(
  fc.constant(RULES),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
    .map(([a, b]): Sizes => ({ top: Math.max(a, b), fill: Math.min(a, b) })),
)

const millionths = (decimal: string) => BigInt(decimal.replace('.', ''))

/** The changes that one need stands for: with so much of it, and with the least bit less. */
const CHANGES: Readonly<Record<keyof Needs, (one: Figures, amount: bigint) => Figures>> = {
  more_revenue: (one, amount) => ({ ...one, revenue: one.revenue + amount }),
  conversion_of: (one, amount) => ({ ...one, conversions: 1, revenue: amount }),
  more_clicks: (one, amount) => ({ ...one, clicks: one.clicks + Number(amount) }),
}

describe('explainDataset', () => {
  test.prop([campaign, sizes], { numRuns: size(150, 3000) })(
    'asks for just what brings a banner in, with pools of any sizes',
    (figuresOfAll, asked) => {
      const candidates = candidatesOf(figuresOfAll, asked)

      for (const { banner_id, pool_rank } of candidates) {
        const { banner } = explainDataset(candidates, banner_id)
        expect(banner?.needs === null).toBe(pool_rank !== null)
        for (const [need, amount] of Object.entries(banner?.needs ?? {})) {
          if (amount === null) continue
          const units = typeof amount === 'string' ? millionths(amount) : BigInt(amount)
          const change = CHANGES[need as keyof Needs]
          const changed = (by: bigint) =>
            figuresOfAll.map((one, index) => (30 + index === banner_id ? change(one, by) : one))

          expect(isIn(changed(units), asked, banner_id)).toBe(true)
          if (units > 0n) expect(isIn(changed(units - 1n), asked, banner_id)).toBe(false)
        }
      }
    },
  )

  test.prop([campaign], { numRuns: size(150, 500) })(
    'lists the pool by rank and the next out of it',
    (all) => {
      const candidates = candidatesOf(all)

      const { pool, missed, converted_count, candidate_count } = explainDataset(candidates)

      expect(pool.map(({ pool_rank }) => pool_rank)).toEqual(pool.map((_, index) => index + 1))
      expect(missed.length).toBe(Math.min(5, candidates.length - pool.length))
      expect(candidate_count).toBe(all.length)
      expect(converted_count).toBe(all.filter(({ conversions }) => conversions > 0).length)
    },
  )

  it('words what the eleventh of eleven lacks', () => {
    const eleven = Array.from({ length: 11 }, (_, index) => {
      return { clicks: 1, conversions: 1, revenue: BigInt(12 - index) * 500_000n }
    })

    const { missed } = explainDataset(candidatesOf(eleven))

    // The tenth, 39, has 1.5, the eleventh, 40, has 1.0: at 1.5 the lower id would stay.
    expect(missed).toMatchObject([
      {
        banner_id: 40,
        revenue: '1.000000',
        revenue_rank: 11,
        reason: 'out_below_top_revenue',
        needs: { more_revenue: '0.500001', conversion_of: null, more_clicks: null },
      },
    ])
  })

  it.each([
    // The ten have 1.0, 1.5 … 5.5 of a conversion each.
    ['less than one conversion brings', { clicks: 1, conversions: 1, revenue: 500_000n }, true],
    ['one conversion of the usual kind', { clicks: 1, conversions: 0, revenue: 0n }, true],
    // It lacks 1.0, and 50 conversions bring 32.5, 0.65 on average.
    ['more than one conversion brings', { clicks: 10, conversions: 40, revenue: 0n }, false],
  ])('calls %s within chance, or not', (_, last, expected) => {
    const ten = Array.from({ length: 10 }, (__, index) => {
      return { clicks: 1, conversions: 1, revenue: BigInt(11 - index) * 500_000n }
    })

    const { missed, pool } = explainDataset(candidatesOf([...ten, last]))

    expect(missed[0]?.within_chance).toBe(expected)
    expect(pool[0]?.within_chance).toBeNull()
  })
})
