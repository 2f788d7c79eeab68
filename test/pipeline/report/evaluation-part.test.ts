import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import type { EvaluatedPool, Evaluation, Verdict } from '../../../contract/evaluation.ts'
import { evaluationPart } from '../../../pipeline/report/evaluation-part.ts'

const NONE = { value: null, low: null, high: null }

function estimate(value: number) {
  return { value, low: value - 1, high: value + 1 }
}

/** A pool of campaign 7 or 8 with banners 1, 2 … of these stabilities. */
function pool(
  campaign: number,
  verdict: Verdict,
  stabilities: readonly number[],
  changes: Partial<EvaluatedPool> = {},
): EvaluatedPool {
  return {
    ...{ dataset: 1, campaign_id: campaign, impressions: 100, naive: 50, verdict },
    ...{ honest: estimate(20), chance: estimate(10), lift: estimate(10) },
    ...{ p_value: 0.01, p_adjusted: 0.01, agreement: 0.5, agreement_by_chance: 0.1 },
    banners: stabilities.map((stability, index) => ({
      ...{ banner_id: index + 1, rank: index + 1, stability },
    })),
    ...changes,
  }
}

function evaluation(...pools: EvaluatedPool[]): Evaluation {
  return {
    overall: {
      ...{ impressions: 300, earned: 12, naive: 50, honest: estimate(20), chance: estimate(10) },
      ...{ lift: estimate(10), chi_square_per_df: 1, p_value: 0.01, different: 1 },
      ...{ different_adjusted: 1, mean_stability: 0.9, agreement: 0.5, agreement_by_chance: 0.1 },
      clicks_follow_impressions: { slope: 1, low: 0.9, high: 1.1 },
      verdict: 'the rule beats chance',
    },
    pools,
    alternatives: [],
  }
}

/** The part as its reader sees it: its text, its tables by caption, and what the chart is called. */
function read(document: Evaluation) {
  const { document: page } = parseHTML(
    `<html><body>${evaluationPart(document).markup}</body></html>`,
  )
  const text = (element: { readonly textContent: string | null } | null) =>
    element?.textContent?.replace(/\s+/g, ' ').trim() ?? ''
  const tables = [...page.querySelectorAll('table')].map((table) => [
    text(table.querySelector('caption')),
    [...table.querySelectorAll('tbody tr')].map((row) => [...row.children].map(text)),
  ])
  const chart = page.querySelector('[role="img"], svg[aria-label], figure svg')
  return {
    text: text(page.body),
    tables: Object.fromEntries(tables) as Record<string, string[][]>,
    campaigns: [...page.querySelectorAll('svg text')].map(text).filter((one) => /^[78]$/.test(one)),
    hasChart: chart !== null,
  }
}

describe('evaluationPart', () => {
  it('is one sentence, a chart and how sure the places are', () => {
    const { text, tables, hasChart } = read(
      evaluation(
        pool(7, 'the rule beats chance', [1, 0.95, 0.9, 0.5]),
        pool(8, 'no difference shown', [0.96, 0.3]),
      ),
    )

    expect(text).toContain('How sure is this?')
    expect(text).toContain(
      'The rule beats chance: chosen on nine tenths of the log and counted on the rest, the pools bring 20 (19 to 21) per 1,000 impressions; any banner at random brings 10. The rest of the 50 on a dashboard is luck.',
    )
    expect(hasChart).toBe(true)
    const counts = tables['Places in pools, by how sure they are']?.map(([kind, , count]) => [
      kind,
      count,
    ])
    expect(counts).toEqual([
      ['safe', '2'],
      ['steady', '1'],
      ['unsure', '1'],
      ['coin toss', '2'],
    ])
    expect(tables['Safe places']).toEqual([
      ['7', '1', '1', '1', '100.0 %'],
      ['7', '1', '2', '2', '95.0 %'],
    ])
    expect(tables['The places that are most of a coin toss']?.map((row) => row.at(-1))).toEqual([
      '30.0 %',
      '50.0 %',
    ])
  })

  it('draws a campaign once, and leaves out those without a value', () => {
    const { campaigns } = read(
      evaluation(
        pool(7, 'no difference shown', [1]),
        pool(7, 'no difference shown', [1], { dataset: 2 }),
        pool(8, 'no difference shown', [1], { naive: null, honest: NONE, lift: NONE }),
      ),
    )

    expect(campaigns).toEqual(['7'])
  })

  it('has no chart where no pool has a value, and says that no place is safe', () => {
    const { hasChart, text } = read(
      evaluation(pool(8, 'no difference shown', [1], { naive: null, honest: NONE, lift: NONE })),
    )

    expect(hasChart).toBe(false)
    expect(text).toContain('Safe places: none.')
  })
})
