/** Latency by percentile, one line for each rate, as an SVG. */
import { PERCENTILES, percentile } from './load-report.ts'

/** A line of the chart. */
export interface ChartLine {
  readonly label: string
  readonly latenciesMs: Float64Array
}

const WIDTH = 720
const HEIGHT = 360
const LEFT = 64
const RIGHT = 110
const TOP = 40
const BOTTOM = 40

/** Told apart without colour vision, and at 3:1 on white: Okabe and Ito's, darker. */
const COLOURS = ['#0072b2', '#b35900', '#007a5a', '#a3387a', '#5a5a5a', '#8a6d00']

/** Draws the chart. The vertical axis is logarithmic: a tenth of a millisecond and a stall both show. */
export function drawChart(title: string, lines: readonly ChartLine[]): string {
  const points = lines.map(({ latenciesMs }) =>
    PERCENTILES.map(([, share]) => percentile(latenciesMs, share)),
  )
  const finite = points.flat().filter(Number.isFinite)
  const decades = {
    first: Math.floor(Math.log10(Math.min(...finite))),
    last: Math.ceil(Math.log10(Math.max(...finite))),
  }
  const y = (ms: number) => heightOf(ms, decades)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="24" font-weight="600">${title}</text>`,
    ...drawGrid(decades, y),
    ...lines.flatMap(({ label }, index) => drawLine(label, points[index] ?? [], { index, y })),
    '</svg>\n',
  ].join('\n')
}

interface Decades {
  readonly first: number
  readonly last: number
}

function heightOf(ms: number, { first, last }: Decades): number {
  const share = (Math.log10(ms) - first) / (last - first)
  return Math.round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))
}

function placeOf(column: number): number {
  return LEFT + Math.round((column * (WIDTH - LEFT - RIGHT)) / (PERCENTILES.length - 1))
}

function drawGrid({ first, last }: Decades, y: (ms: number) => number): string[] {
  const decades = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
  return [
    ...decades.flatMap((ms) => [
      `<path d="M${LEFT} ${y(ms)}H${WIDTH - RIGHT}" stroke="#d0d7de"/>`,
      `<text x="${LEFT - 8}" y="${y(ms) + 4}" text-anchor="end">${Number(ms.toPrecision(1))} ms</text>`,
    ]),
    ...PERCENTILES.map(
      ([name], column) =>
        `<text x="${placeOf(column)}" y="${HEIGHT - 16}" text-anchor="middle">${name}</text>`,
    ),
  ]
}

function drawLine(
  label: string,
  values: readonly number[],
  { index, y }: { index: number; y: (ms: number) => number },
): string[] {
  const colour = COLOURS[index % COLOURS.length]
  const places = values.map((ms, column) => ({ x: placeOf(column), y: y(ms), ms }))
  const drawn = places.filter(({ ms }) => Number.isFinite(ms))
  const path = drawn.map((place) => `${place.x} ${place.y}`).join('L')
  // In the legend, not at the lines' ends, where they meet.
  const legendY = TOP + 16 + index * 20
  return [
    `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...drawn.map((place) => `<circle cx="${place.x}" cy="${place.y}" r="3.5" fill="${colour}"/>`),
    `<path d="M${WIDTH - RIGHT + 16} ${legendY - 4}h16" stroke="${colour}" stroke-width="2"/>`,
    `<text x="${WIDTH - RIGHT + 38}" y="${legendY}" fill="${colour}">${label}</text>`,
  ]
}
