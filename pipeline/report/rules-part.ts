import { formatCount } from '../../contract/format-count.ts'
import { type Html, html } from '../../contract/html.ts'
import { describeRules } from '../build/summary.ts'
import { drawBars } from './charts.ts'
import type { ReportData } from './data.ts'
import { figure, part, sumBy } from './part.ts'
import { renderTable } from './table.ts'
import { plural, shareWords } from './words.ts'

/** Which rule made how many pools. */
export function rulesPart({ rules, sizes }: ReportData): Html {
  const rows = Object.entries(describeRules(sizes)).map(([rule, name]) => {
    const own = rules.filter((row) => row.rule === rule)
    return {
      name,
      count: sumBy(own, (row) => row.pool_count),
      filled: sumBy(own, (row) => row.filled_count),
      short: sumBy(own, (row) => row.short_count),
    }
  })
  const all = sumBy(rows, ({ count }) => count)
  const label = `Bars: ${rows.map(({ name, count }) => `${plural(count, 'pool')} with ${name}`).join(', ')}`
  return part(
    'Pools by rule',
    'How many of a campaign’s banners converted decides which rule makes its pool.',
    [
      html`<div class="pair">${figure('Pools by rule', drawBars(label, rows))}
${renderTable({
  caption: 'Pools by rule, and those with random banners or too few',
  rows,
  columns: [
    { title: 'rule', cell: ({ name }) => name },
    { title: 'pools', cell: ({ count }) => formatCount(count), isNumber: true },
    { title: 'share', cell: ({ count }) => shareWords(count, all), isNumber: true },
    { title: 'with a random fill', cell: ({ filled }) => formatCount(filled), isNumber: true },
    { title: `short of ${sizes.fill}`, cell: ({ short }) => formatCount(short), isNumber: true },
  ],
})}</div>`,
    ],
  )
}
