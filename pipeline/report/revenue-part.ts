import { drawConcentration } from '../../contract/charts/over-time.ts'
import { formatCount } from '../../contract/format-count.ts'
import { Html, html } from '../../contract/html.ts'
import { drawShares } from './charts.ts'
import type { LowestRevenue, ReportData, RevenueCovered } from './data.ts'
import { figure, part, sumBy } from './part.ts'
import { renderTable } from './table.ts'
import { moneyWords, plural, shareWords } from './words.ts'

/** Banners that the label of the curve counts: as many as a pool has at most. */
const TOP = 10

/** How much of the revenue the pools cover. */
export function revenuePart({ covered, shares, lowest, ranks }: ReportData): Html {
  const revenue = sumBy(covered, (row) => row.revenue)
  const pooled = sumBy(covered, (row) => row.pool_revenue)
  const earning = sumBy(covered, (row) => row.earning_count)
  const without = sumBy(covered, (row) => row.pool_count) - earning
  const sentence = `The banners in the pools earned ${moneyWords(pooled)} of ${moneyWords(revenue)}: ${shareWords(pooled, revenue)}. No banner that is left out earned more than one that is in.`
  const full = shares.find(({ tenth }) => tenth === 10)?.pool_count ?? 0
  const label = `Columns: ${plural(earning, 'pool')} by the share of revenue that they cover, ${formatCount(full)} cover all`
  const note =
    without > 0 &&
    html`<p class="soft">${plural(without, 'pool')} of campaigns without revenue are not in the chart.</p>`
  return part('Revenue in the pools', sentence, [
    html`<div class="pair"><div class="stack">${figure('Pools by the share of revenue that they cover', drawShares(label, shares))}
${note}${coveredTable(covered)}</div>
<div class="stack">${ranks.length > 1 && concentration(ranks)}
${lowestTable(lowest)}</div></div>`,
  ])
}

/** On how few banners the revenue is. */
function concentration(ranks: ReportData['ranks']): Html {
  const all = sumBy(ranks, (row) => row.revenue)
  const best = sumBy(
    ranks.filter(({ revenue_rank: rank }) => rank <= TOP),
    (row) => row.revenue,
  )
  const label = `Curve: the ${TOP} best banners of each campaign and quarter hold ${shareWords(best, all)} of the revenue`
  const values = ranks.map(({ revenue }) => revenue)
  return figure(
    'Revenue on the best banners of each campaign',
    new Html(drawConcentration(label, values)),
  )
}

function coveredTable(covered: readonly RevenueCovered[]): Html {
  return renderTable({
    caption: 'Revenue by dataset',
    rows: covered,
    columns: [
      { title: 'dataset', cell: ({ dataset }) => dataset },
      { title: 'revenue', cell: ({ revenue }) => moneyWords(revenue), isNumber: true },
      { title: 'in pools', cell: (row) => moneyWords(row.pool_revenue), isNumber: true },
      { title: 'share', cell: (row) => shareWords(row.pool_revenue, row.revenue), isNumber: true },
    ],
  })
}

function lowestTable(lowest: readonly LowestRevenue[]): Html {
  return renderTable({
    caption: 'The ten pools that cover least',
    rows: lowest,
    columns: [
      { title: 'campaign', cell: (row) => row.campaign_id },
      { title: 'dataset', cell: ({ dataset }) => dataset, isNumber: true },
      { title: 'converted', cell: (row) => formatCount(row.converted_count), isNumber: true },
      { title: 'revenue', cell: ({ revenue }) => moneyWords(revenue), isNumber: true },
      { title: 'in pool', cell: (row) => moneyWords(row.pool_revenue), isNumber: true },
      { title: 'share', cell: (row) => shareWords(row.pool_revenue, row.revenue), isNumber: true },
    ],
  })
}
