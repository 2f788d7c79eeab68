/** The charts of the report, as SVG. Each says with a number what it shows; hue alone says nothing. */
import { CHART_WIDTH, drawSvg } from '../../contract/charts/draw.ts'
import { Plot, type PlotOptions } from '../../contract/charts/plot.ts'
import { formatCount } from '../../contract/format-count.ts'
import { Html } from '../../contract/html.ts'
import type { ManifestInput } from '../../contract/schema.ts'
import type { RevenueShare, TurnoverTotal } from './data.ts'
import { shareWords } from './words.ts'

/** A bar, by its name. */
export interface Bar {
  readonly name: string
  readonly count: number
}

const PLAIN = { fill: 'var(--bar)' }
const INK = { fill: 'var(--ink)' }

/** Patterns for charts with more than one kind of bar: they tell them apart on paper, too. */
export const PATTERNS = new Html(`<svg class="patterns" aria-hidden="true" focusable="false"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" fill="var(--bar-soft)"/><rect width="2" height="6" fill="var(--bar)"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">
<rect width="6" height="6" fill="var(--paper)"/><circle cx="3" cy="3" r="1.2" fill="var(--bar)"/></pattern>
</defs></svg>`)

/** Bars side by side with their counts, in the given order. */
export function drawBars(label: string, bars: readonly Bar[]): Html {
  const longest = Math.max(...bars.map(({ name }) => name.length))
  return draw(label, {
    height: bars.length * 34 + 8,
    marginLeft: Math.min(230, 12 + longest * 6.6),
    marginRight: 64,
    marginTop: 4,
    marginBottom: 4,
    x: { axis: null, domain: [0, Math.max(1, ...bars.map(({ count }) => count))] },
    y: { label: null, tickSize: 0, domain: bars.map(({ name }) => name), padding: 0.35 },
    marks: [
      Plot.barX(bars, { y: 'name', x: 'count', ...PLAIN }),
      Plot.ruleX([0], { stroke: 'var(--soft)' }),
      Plot.text(bars, {
        ...{ y: 'name', x: 'count', textAnchor: 'start', dx: 6, ...INK },
        text: ({ count }: Bar) => formatCount(count),
      }),
    ],
  })
}

/** Rows of each log, one panel a log, one bar a dataset. */
export function drawRows(label: string, inputs: readonly ManifestInput[]): Html {
  const rows = [...sumRows(inputs).values()]
  return draw(label, {
    height: 190,
    marginLeft: 66,
    marginRight: 4,
    marginTop: 22,
    marginBottom: 4,
    fx: {
      label: null,
      axis: 'top',
      padding: 0.12,
      domain: ['impressions', 'clicks', 'conversions'],
    },
    x: { axis: null, domain: [0, 1.85 * Math.max(1, ...rows.map(({ count }) => count))] },
    y: { label: null, tickSize: 0, padding: 0.35 },
    marks: [
      Plot.barX(rows, { fx: 'table', y: 'dataset', x: 'count', ...PLAIN }),
      Plot.ruleX([0], { stroke: 'var(--soft)' }),
      Plot.text(rows, {
        ...{ fx: 'table', y: 'dataset', x: 'count', textAnchor: 'start', dx: 4, ...INK },
        text: ({ count }: { count: number }) => formatCount(count),
      }),
    ],
  })
}

/** By log and dataset. */
function sumRows(inputs: readonly ManifestInput[]): Map<string, LogRows> {
  const sums = new Map<string, LogRows>()
  for (const { table, dataset, rows } of inputs) {
    const key = `${table} ${dataset}`
    const count = rows + (sums.get(key)?.count ?? 0)
    sums.set(key, { table, dataset: `dataset ${dataset}`, count })
  }
  return sums
}

interface LogRows {
  readonly table: string
  readonly dataset: string
  readonly count: number
}

/** How many pools cover which share of revenue: eleven columns, from below a tenth to all. */
export function drawShares(label: string, shares: readonly RevenueShare[]): Html {
  const columns = Array.from({ length: 11 }, (_, tenth) => ({
    name: tenth === 10 ? 'all' : String(tenth * 10),
    count: shares.find((share) => share.tenth === tenth)?.pool_count ?? 0,
  }))
  return draw(label, {
    height: 230,
    marginLeft: 4,
    marginRight: 4,
    marginTop: 20,
    marginBottom: 42,
    x: {
      ...{ domain: columns.map(({ name }) => name), padding: 0.15, tickSize: 0 },
      ...{
        label: 'share of the campaign’s revenue in its pool, from … % on',
        labelAnchor: 'center',
      },
      labelArrow: 'none',
    },
    y: { axis: null, domain: [0, Math.max(1, ...columns.map(({ count }) => count))] },
    marks: [
      Plot.barY(columns, { x: 'name', y: 'count', ...PLAIN }),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      Plot.text(columns, {
        ...{ x: 'name', y: 'count', dy: -8, ...INK },
        text: ({ count }: Bar) => (count === 0 ? '' : formatCount(count)),
      }),
    ],
  })
}

const KINDS = [
  { name: 'stayed', field: 'kept_count', fill: 'var(--bar)' },
  { name: 'entered', field: 'entered_count', fill: 'url(#hatch)' },
  { name: 'left', field: 'left_count', fill: 'url(#dots)' },
] as const

/** Banners that stayed, entered and left: a bar a dataset, as shares of all three. */
export function drawTurnover(label: string, totals: readonly TurnoverTotal[]): Html {
  const parts = totals.flatMap((total) => {
    const all = KINDS.reduce((sum, { field }) => sum + total[field], 0)
    return KINDS.map(({ name, field, fill }, place) => {
      const before = KINDS.slice(0, place).reduce((sum, kind) => sum + total[kind.field], 0)
      const dataset = `dataset ${total.dataset}`
      const count = total[field]
      return { name, fill, dataset, count, from: before / all, to: (before + count) / all }
    })
  })
  const width = (CHART_WIDTH - 70) / KINDS.length
  return draw(label, {
    height: totals.length * 34 + 34,
    marginLeft: 66,
    marginRight: 4,
    marginTop: 30,
    marginBottom: 4,
    x: { axis: null, domain: [0, 1] },
    y: { label: null, tickSize: 0, padding: 0.3 },
    marks: [
      Plot.barX(parts, { y: 'dataset', x1: 'from', x2: 'to', fill: 'fill', stroke: 'var(--bar)' }),
      ...KINDS.flatMap(({ name, fill }, place) => [
        Plot.text([name], {
          ...{
            frameAnchor: 'top-left',
            textAnchor: 'start',
            dx: place * width + 18,
            dy: -24,
            ...INK,
          },
          text: () => `${name} ${formatShare(parts, name)}`,
        }),
        Plot.dot([name], {
          ...{ frameAnchor: 'top-left', symbol: 'square', r: 6, dx: place * width + 7, dy: -18 },
          ...{ fill, stroke: 'var(--bar)' },
        }),
      ]),
    ],
  })
}

function formatShare(parts: readonly { name: string; count: number }[], name: string): string {
  const own = parts.filter((part) => part.name === name)
  const sum = (list: readonly { count: number }[]) =>
    list.reduce((all, { count }) => all + count, 0)
  return shareWords(sum(own), sum(parts))
}

/** Draws a chart; the label says with a number what it shows. */
function draw(label: string, options: PlotOptions): Html {
  return new Html(drawSvg(label, options))
}
