/** Wall time by rows, one line for each way, as an SVG: a way that grows without surprises is a straight line. */
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom/worker'
import { median } from '../statistics.ts'
import type { ScaleResult } from './report.ts'

const WIDTH = 720
const HEIGHT = 400

/** Told apart without colour vision, and at 3:1 on white: Okabe and Ito's, darker. */
const COLOURS = ['#0072b2', '#b35900', '#007a5a', '#a3387a', '#5a5a5a', '#8a6d00', '#2f4b7c']

/** The floor's two halves, and a line that would lie upon that of strict. */
const NOT_DRAWN: ReadonlySet<string> = new Set(['scan', 'sha256', 'strict, 1GB'])

interface Point {
  readonly way: string
  readonly rows: number
  readonly seconds: number
}

/** Draws the chart; scan and sha256 are drawn together, as the floor. Both axes are logarithmic. */
export function drawChart(results: readonly ScaleResult[]): string {
  const points = results.flatMap(pointsOf)
  const last = points.filter(
    ({ way, rows }) => rows === Math.max(...points.filter((p) => p.way === way).map((p) => p.rows)),
  )
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 56,
    marginRight: 110,
    style: {
      background: '#fff',
      color: '#1f2328',
      fontFamily: 'system-ui, sans-serif',
      fontSize: '13px',
    },
    x: {
      type: 'log',
      label: 'rows',
      grid: true,
      tickFormat: (rows: number) => `${rows / 1e6} M`,
      ticks: 4,
    },
    y: {
      type: 'log',
      label: 'wall time, s',
      grid: true,
      tickFormat: (value: number) => `${value}`,
      ticks: 5,
    },
    color: { range: COLOURS },
    symbol: { legend: false },
    marks: [
      Plot.line(points, { x: 'rows', y: 'seconds', stroke: 'way', strokeWidth: 2 }),
      Plot.dot(points, {
        x: 'rows',
        y: 'seconds',
        stroke: 'way',
        symbol: 'way',
        fill: '#fff',
        r: 4,
      }),
      Plot.text(spread(last), {
        ...{ x: 'rows', y: 'seconds', text: 'way', fill: 'way' },
        ...{ textAnchor: 'start', dx: 10, stroke: '#fff', strokeWidth: 4 },
      }),
    ],
  })
  for (const style of [...svg.querySelectorAll('style')]) style.remove()
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', 'Wall time by rows, one line for each way')
  return `${svg.outerHTML}\n`
}

function pointsOf({ rows, samples }: ScaleResult): Point[] {
  const seconds = (name: string) =>
    median((samples.get(name) ?? []).map(({ wallMs }) => wallMs / 1000))
  const ways = [...samples.keys()].filter((name) => !NOT_DRAWN.has(name))
  const floor = { way: 'floor', rows, seconds: seconds('scan') + seconds('sha256') }
  return [floor, ...ways.map((way) => ({ way, rows, seconds: seconds(way) }))]
}

/** Labels of lines that end together must not lie upon each other: each at least a line's height above the one below. */
function spread(ends: readonly Point[]): Point[] {
  const LINE_HEIGHT = 1.22
  const placed: Point[] = []
  for (const end of [...ends].sort((a, b) => a.rows - b.rows || a.seconds - b.seconds)) {
    const below = placed.at(-1)
    const least = below === undefined || below.rows !== end.rows ? 0 : below.seconds * LINE_HEIGHT
    placed.push({ ...end, seconds: Math.max(end.seconds, least) })
  }
  return placed
}
