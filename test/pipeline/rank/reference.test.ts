import { describe, expect, it } from 'vitest'
import { type DatasetLogs, millionthsOf, referenceOf } from '../../helpers/reference.ts'

/** Impressions, clicks, and the revenue of each conversion. */
type Sums = readonly [impressions: number, clicks: number, revenues?: readonly string[]]

/** Clean logs of campaign 7. */
function logsOf(banners: Readonly<Record<number, Sums>>): DatasetLogs {
  const logs = { impressions: [], clicks: [], conversions: [] } as {
    [table in keyof DatasetLogs]: DatasetLogs[table][number][]
  }
  for (const [id, [impressions, clicks, revenues = []]] of Object.entries(banners)) {
    const banner = { banner_id: Number(id), campaign_id: 7 }
    logs.impressions.push(...Array.from({ length: impressions }, () => banner))
    for (let nth = 0; nth < clicks; nth += 1) {
      const click_id = logs.clicks.length + 1
      logs.clicks.push({ click_id, ...banner })
      const revenue = revenues[nth]
      if (revenue !== undefined) {
        logs.conversions.push({ conversion_id: click_id + 500, click_id, revenue })
      }
    }
  }
  return logs
}

function poolOf(logs: DatasetLogs, seed = 0): string[] {
  return referenceOf(1, logs, seed).pools.map((row) => `${row.rank} ${row.banner_id} ${row.source}`)
}

function reasonsOf(logs: DatasetLogs): Record<number, string> {
  const { stats } = referenceOf(1, logs, 0)
  return Object.fromEntries(stats.map((row) => [row.banner_id, row.reason]))
}

describe('millionthsOf', () => {
  it.each([
    ['0', 0n],
    ['12', 12_000_000n],
    ['0.5', 500_000n],
    ['1.173893', 1_173_893n],
    ['0.0000004', 0n],
    ['0.0000005', 1n],
    ['0.9999995', 1_000_000n],
  ])('reads %s', (text, millionths) => {
    expect(millionthsOf(text)).toBe(millionths)
  })
})

describe('referenceOf', () => {
  it('takes the ten with the most revenue if ten or more are converted', () => {
    const logs = logsOf({
      11: [1, 1, ['0.2']],
      12: [1, 1, ['1.2']],
      13: [1, 1, ['0.3']],
      14: [1, 1, ['0.4']],
      15: [1, 1, ['0.5']],
      16: [1, 1, ['0.6']],
      17: [1, 2, ['0.3', '0.4']],
      18: [1, 1, ['0.8']],
      19: [1, 1, ['0.9']],
      20: [1, 1, ['1']],
      21: [1, 1, ['1.1']],
      22: [1, 9],
    })

    expect(poolOf(logs)).toEqual([
      '1 12 revenue',
      '2 21 revenue',
      '3 20 revenue',
      '4 19 revenue',
      '5 18 revenue',
      '6 17 revenue',
      '7 16 revenue',
      '8 15 revenue',
      '9 14 revenue',
      '10 13 revenue',
    ])
    expect(reasonsOf(logs)).toMatchObject({
      11: 'out_below_top_revenue',
      13: 'in_top_revenue',
      22: 'out_not_converted',
    })
  })

  it('takes just the converted ones if they are five to nine', () => {
    const logs = logsOf({
      11: [1, 1, ['0']],
      12: [1, 2, ['0.5']],
      13: [1, 1, ['0.5']],
      14: [1, 1, ['0.5']],
      15: [1, 1, ['0.6']],
      16: [1, 9],
      17: [1, 0],
    })

    expect(poolOf(logs)).toEqual([
      '1 15 revenue',
      '2 12 revenue',
      '3 13 revenue',
      '4 14 revenue',
      '5 11 revenue',
    ])
    expect(reasonsOf(logs)).toMatchObject({
      11: 'in_converted',
      16: 'out_not_converted',
      17: 'out_not_converted',
    })
  })

  it('adds the most clicked ones if one to four are converted', () => {
    const logs = logsOf({
      11: [1, 3],
      12: [1, 1, ['0.1']],
      13: [0, 2],
      14: [1, 2],
      15: [1, 4, ['0.1']],
      16: [1, 2],
      17: [1, 0],
    })

    expect(poolOf(logs)).toEqual([
      '1 15 revenue',
      '2 12 revenue',
      '3 11 clicks',
      '4 13 clicks',
      '5 14 clicks',
    ])
    expect(reasonsOf(logs)).toEqual({
      11: 'in_clicks_after_converted',
      12: 'in_converted',
      13: 'in_clicks_after_converted',
      14: 'in_clicks_after_converted',
      15: 'in_converted',
      16: 'out_below_top_clicks',
      17: 'out_no_clicks',
    })
  })

  // md5 of '0|1|7|<banner>': 12 1d2f, 15 7517, 17 8158, 11 92a0, 13 c684, 16 ca38, 14 f51f (md5sum).
  it('fills up at random from the banners without clicks', () => {
    const logs = logsOf({
      11: [1, 1],
      12: [1, 2, ['0.1']],
      13: [1, 0],
      14: [1, 0],
      15: [1, 0],
      16: [1, 0],
      17: [1, 0],
    })

    expect(poolOf(logs)).toEqual([
      '1 12 revenue',
      '2 11 clicks',
      '3 15 random',
      '4 17 random',
      '5 13 random',
    ])
    expect(reasonsOf(logs)).toMatchObject({ 13: 'in_random_fill', 14: 'out_not_drawn' })
  })

  // md5 of '5|1|7|<banner>': 13 16ef, 15 34b3, 16 a9a8, 11 d2c1, 14 ed03, 12 f55c (md5sum).
  it('draws others for another seed', () => {
    const logs = logsOf({ 11: [1, 0], 12: [1, 0], 13: [1, 0], 14: [1, 0], 15: [1, 0], 16: [1, 0] })

    expect(poolOf(logs, 5)).toEqual([
      '1 13 random',
      '2 15 random',
      '3 16 random',
      '4 11 random',
      '5 14 random',
    ])
  })

  it('takes the five with the most clicks if none is converted', () => {
    const logs = logsOf({
      11: [1, 1],
      12: [1, 1],
      13: [1, 3],
      14: [1, 1],
      15: [1, 1],
      16: [1, 1],
      17: [1, 0],
    })

    expect(poolOf(logs)).toEqual([
      '1 13 clicks',
      '2 11 clicks',
      '3 12 clicks',
      '4 14 clicks',
      '5 15 clicks',
    ])
    expect(reasonsOf(logs)).toMatchObject({
      15: 'in_top_clicks',
      16: 'out_below_top_clicks',
      17: 'out_no_clicks',
    })
  })

  it('has all candidates of a campaign with fewer than five', () => {
    const logs = logsOf({ 11: [2, 0], 12: [0, 1], 13: [1, 1, ['0']] })

    expect(poolOf(logs)).toEqual(['1 13 revenue', '2 12 clicks', '3 11 random'])
  })

  it('ranks all candidates both ways, converted ones first by revenue', () => {
    const logs = logsOf({ 11: [1, 5], 12: [1, 1, ['0']], 13: [3, 0], 14: [1, 2, ['0.25', '0.5']] })

    const { stats } = referenceOf(1, logs, 0)

    expect(stats.map((row) => Object.values(row).join(' '))).toEqual([
      '1 7 11 1 5 0 0.000000 3 1 3 in_clicks_after_converted',
      '1 7 12 1 1 1 0.000000 2 3 2 in_converted',
      '1 7 13 3 0 0 0.000000 4 4 4 in_random_fill',
      '1 7 14 1 2 2 0.750000 1 2 1 in_converted',
    ])
  })

  it('orders campaigns as numbers', () => {
    const impressions = [9, 10, 100].map((campaign_id) => ({ banner_id: 11, campaign_id }))

    const { pools } = referenceOf(3, { impressions, clicks: [], conversions: [] }, 0)

    expect(pools.map((row) => row.campaign_id)).toEqual([9, 10, 100])
  })
})

describe('referenceOf on faulty logs', () => {
  const banner = { banner_id: 11, campaign_id: 7 }

  it('counts identical rows once', () => {
    const click = { click_id: 1, ...banner }
    const conversion = { conversion_id: 1, click_id: 1, revenue: '0.5' }

    const { stats, leftOut } = referenceOf(
      1,
      {
        impressions: [banner, banner],
        clicks: [click, click],
        conversions: [conversion, conversion, conversion],
      },
      0,
    )

    expect(stats).toMatchObject([
      { impressions: 2, clicks: 1, conversions: 1, revenue: '0.500000' },
    ])
    expect(leftOut).toEqual({ duplicates: 3, conflicts: 0, orphans: 0 })
  })

  it('drops every row of an id with different contents, and orphans its conversions', () => {
    const { stats, leftOut } = referenceOf(
      1,
      {
        impressions: [banner],
        clicks: [
          { click_id: 1, ...banner },
          { click_id: 1, ...banner },
          { click_id: 1, banner_id: 12, campaign_id: 7 },
          { click_id: 2, ...banner },
        ],
        conversions: [
          { conversion_id: 1, click_id: 1, revenue: '0.5' },
          { conversion_id: 2, click_id: 2, revenue: '0.5' },
          { conversion_id: 2, click_id: 2, revenue: '0.6' },
          { conversion_id: 3, click_id: 9, revenue: '0.5' },
        ],
      },
      0,
    )

    expect(stats).toMatchObject([{ banner_id: 11, impressions: 1, clicks: 1, conversions: 0 }])
    expect(leftOut).toEqual({ duplicates: 0, conflicts: 5, orphans: 2 })
  })
})
