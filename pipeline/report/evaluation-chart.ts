import type { Html } from '../../contract/html.ts'
import { draw } from './charts.ts'
import { Plot } from './plot.ts'

/** Revenue per 1,000 impressions of one campaign. */
export interface PromisedAndBrought {
  readonly campaign: string
  readonly promised: number
  readonly brought: number
  readonly chance: number
}

const ROW_HEIGHT = 18

/** One row a campaign: a ring for promised, a dot for brought, a line for any banner at random. */
export function drawValues(label: string, rows: readonly PromisedAndBrought[]): Html {
  const greatest = Math.max(1, ...rows.flatMap(({ promised, brought }) => [promised, brought]))
  return draw(label, {
    height: rows.length * ROW_HEIGHT + 40,
    marginLeft: 56,
    marginRight: 16,
    marginTop: 4,
    marginBottom: 30,
    x: { label: null, domain: [0, greatest], ticks: 5, grid: true },
    y: { label: null, tickSize: 0, domain: rows.map(({ campaign }) => campaign) },
    marks: [
      Plot.link(rows, {
        ...{ y: 'campaign', x1: 'brought', x2: 'promised', stroke: 'var(--bar-soft)' },
        strokeWidth: 2,
      }),
      Plot.tickX(rows, { y: 'campaign', x: 'chance', stroke: 'var(--ink)', strokeWidth: 2 }),
      Plot.dot(rows, {
        ...{ y: 'campaign', x: 'promised', stroke: 'var(--bar)', fill: 'var(--paper)', r: 4 },
      }),
      Plot.dot(rows, { y: 'campaign', x: 'brought', fill: 'var(--bar)', r: 4 }),
    ],
  })
}
