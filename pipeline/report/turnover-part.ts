import { formatCount } from '../../contract/format-count.ts'
import { type Html, html } from '../../contract/html.ts'
import { drawTurnover } from './charts.ts'
import type { PoolTurnover, ReportData, Turnover, TurnoverTotal } from './data.ts'
import { figure, part, sumBy } from './part.ts'
import { type Column, renderTable } from './table.ts'
import { plural } from './words.ts'

const TURNOVER_COLUMNS: readonly Column<Turnover>[] = [
  { title: 'stayed', cell: (row) => formatCount(row.kept_count), isNumber: true },
  { title: 'of these moved', cell: (row) => formatCount(row.moved_count), isNumber: true },
  { title: 'entered', cell: (row) => formatCount(row.entered_count), isNumber: true },
  { title: 'left', cell: (row) => formatCount(row.left_count), isNumber: true },
]

/** What changed since the build before. */
export function turnoverPart({ turnover }: ReportData, previousId: string | null): Html {
  const title = 'Change since the build before'
  if (previousId === null) return part(title, 'There is none: this is the first build here.', [])
  if (turnover === null) return part(title, `Build ${previousId} is gone or not whole.`, [])
  const { totals, greatest } = turnover
  const sum = (field: (total: TurnoverTotal) => number) => sumBy(totals, field)
  const changed = sum(({ changed_count: count }) => count)
  const sentence = html`Compared with build <code>${previousId}</code>, ${formatCount(changed)} of ${plural(
    sum(({ pool_count: count }) => count),
    'pool',
  )} changed. <code>pools diff</code> with the two build ids tells which number moved each banner.`
  const label = `Bars: banners in pools by dataset, in all ${formatCount(sum((row) => row.kept_count))} stayed, ${formatCount(sum((row) => row.entered_count))} entered, ${formatCount(sum((row) => row.left_count))} left`
  return part(title, sentence, [
    html`<div class="pair"><div class="stack">${figure('Banners that stayed, entered and left', drawTurnover(label, totals))}
${totalsTable(totals)}</div>
${greatest.length > 0 && greatestTable(greatest)}</div>`,
  ])
}

function totalsTable(totals: readonly TurnoverTotal[]): Html {
  return renderTable({
    caption: 'Pools and banners by dataset',
    rows: totals,
    columns: [
      { title: 'dataset', cell: ({ dataset }) => dataset },
      { title: 'pools', cell: (row) => formatCount(row.pool_count), isNumber: true },
      { title: 'changed', cell: (row) => formatCount(row.changed_count), isNumber: true },
      ...TURNOVER_COLUMNS,
    ],
  })
}

function greatestTable(greatest: readonly PoolTurnover[]): Html {
  return renderTable({
    caption: 'Most banners entered and left, ten pools at most',
    rows: greatest,
    columns: [
      { title: 'campaign', cell: (row) => row.campaign_id },
      { title: 'dataset', cell: ({ dataset }) => dataset, isNumber: true },
      ...TURNOVER_COLUMNS,
    ],
  })
}
