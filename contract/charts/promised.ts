/** Promised against brought: what a dashboard says of pools beside what they bring on other clicks. */
import { drawSvg } from './draw.ts'
import { Plot } from './plot.ts'

/** Revenue per 1,000 impressions. */
export interface PromisedAndBrought {
  /** Of a campaign, or a quarter. */
  readonly name: string
  readonly promised: number
  readonly brought: number
  readonly chance: number
}

const ROW_HEIGHT = 18

/** One row a name: a ring for promised, a dot for brought, a line for any banner at random. */
export function drawPromised(label: string, rows: readonly PromisedAndBrought[]): string {
  const greatest = Math.max(1, ...rows.flatMap(({ promised, brought }) => [promised, brought]))
  return drawSvg(label, {
    height: rows.length * ROW_HEIGHT + 40,
    marginLeft: 64,
    marginRight: 16,
    marginTop: 4,
    marginBottom: 30,
    x: { label: null, domain: [0, greatest], ticks: 5, grid: true },
    y: { label: null, tickSize: 0, domain: rows.map(({ name }) => name) },
    marks: [
      Plot.link(rows, {
        ...{ y: 'name', x1: 'brought', x2: 'promised', stroke: 'var(--bar)', strokeOpacity: 0.4 },
        strokeWidth: 2,
      }),
      Plot.tickX(rows, { y: 'name', x: 'chance', stroke: 'var(--ink)', strokeWidth: 2 }),
      Plot.dot(rows, {
        ...{ y: 'name', x: 'promised', stroke: 'var(--bar)', fill: 'var(--paper)', r: 4 },
      }),
      Plot.dot(rows, { y: 'name', x: 'brought', fill: 'var(--bar)', r: 4 }),
    ],
  })
}
