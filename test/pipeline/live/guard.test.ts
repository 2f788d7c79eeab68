import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../contract/schema.ts'
import { Guard } from '../../../pipeline/live/guard.ts'
import type { PairCounts } from '../../../pipeline/state/pair-counts.ts'

const START = Date.parse('2026-11-30T12:00:00Z')

/** Totals of one banner of each campaign, by campaign of dataset 1. */
type Totals = Readonly<Record<number, { readonly impressions: number; readonly clicks: number }>>

function countsOf(totals: Totals): PairCounts {
  const rows = Object.entries(totals)
  const column = (value: (row: (typeof rows)[number]) => number) =>
    BigInt64Array.from(rows, (row) => BigInt(value(row)))
  return {
    size: rows.length,
    dataset: new Int16Array(rows.length).fill(1),
    campaign: column(([id]) => Number(id)),
    banner: column(() => 30),
    impressions: column(([, { impressions }]) => impressions),
    clicks: column(([, { clicks }]) => clicks),
    conversions: column(() => 0),
    revenue: column(() => 0),
  }
}

/** Ten impressions and a click a second, looked at each quarter of a second, for some minutes. */
function openGuard(minutes: number) {
  const guard = new Guard(10)
  let nowMs = START
  const totals = { impressions: 0, clicks: 0 }
  const add = (impressions: number, clicks: number, ms = 250) => {
    nowMs += ms
    totals.impressions += impressions
    totals.clicks += clicks
    return guard.judge(countsOf({ 7: { ...totals }, 8: { impressions: 5, clicks: 1 } }), nowMs)
  }
  for (let i = 0; i < minutes * 240; i++)
    expect(add(i % 2 === 0 ? 5 : 0, i % 4 === 0 ? 1 : 0)).toEqual([])
  return { guard, add }
}

describe('Guard', () => {
  it('leaves a flooded campaign as it is with its first 2,500 clicks, and no other', () => {
    const { guard, add } = openGuard(5)

    expect(add(0, 2_500)).toEqual([
      {
        ...{ dataset: 1, campaign_id: 7, since: '2026-11-30T12:05:00.250Z' },
        reason: '2500 events at once, 11 a second are usual',
      },
    ])
    expect(
      guard.filter(
        new Map<Dataset, number[]>([
          [1, [7, 8]],
          [2, [7]],
        ]),
      ),
    ).toEqual(
      new Map([
        [1, [8]],
        [2, [7]],
      ]),
    )
    expect(guard.filter(new Map<Dataset, number[]>([[1, [7]]])).size).toBe(0)
    // It is told once.
    expect(add(0, 2_500)).toEqual([])
  })

  it('takes a stall of a minute, twice the usual rate, and a campaign that it does not know yet', () => {
    const { guard, add } = openGuard(5)

    expect(add(600, 60, 60_000)).toEqual([])
    for (let i = 0; i < 240; i++) expect(add(5, 0)).toEqual([])
    expect(guard.judge(countsOf({ 9: { impressions: 90_000, clicks: 900 } }), START)).toEqual([])
    expect(
      guard.judge(countsOf({ 9: { impressions: 900_000, clicks: 9_000 } }), START + 59_000),
    ).toEqual([])
  })

  it('leaves a campaign as it is whose clicks exceed its impressions, however slowly', () => {
    const guard = new Guard(10)
    const found: string[] = []
    for (let minute = 0; minute < 60; minute++) {
      const totals = { 7: { impressions: 1_000 + 2 * minute, clicks: 200 + 3 * minute } }
      const added = guard.judge(countsOf(totals), START + minute * 60_000)
      found.push(...added.map(({ reason }) => reason))
    }

    expect(found).toEqual(['102 clicks and 68 impressions'])
  })

  it('goes on with what was left as it is before, and lets all go on when told', () => {
    const known = { dataset: 1, campaign_id: 7, reason: 'a flood', since: '2026-11-30' } as const
    const guard = new Guard(10, [known])
    const touched = new Map<Dataset, number[]>([[1, [7, 8]]])

    expect(guard.filter(touched)).toEqual(new Map([[1, [8]]]))
    expect(guard.judge(countsOf({ 7: { impressions: 1, clicks: 1 } }), START)).toEqual([])
    guard.release()

    expect(guard.frozen).toEqual([])
    expect(guard.filter(touched)).toEqual(touched)
  })
})
