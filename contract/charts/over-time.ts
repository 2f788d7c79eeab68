/** Charts of what changes from build to build, or from day to day. */
import { formatCount } from '../format-count.ts'
import { drawSvg } from './draw.ts'
import { Plot } from './plot.ts'

/** A moment with its value. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly value: number
}

const HEIGHT = 150
const MARGINS = { marginLeft: 56, marginRight: 12, marginTop: 12, marginBottom: 26 }
/** Pixels of a digit, and of the tick beside it. */
const [DIGIT, TICK] = [7, 14]
/** Of a curve: more make it larger, not smoother. */
const MAX_POINTS = 300
const LINE = { stroke: 'var(--bar)', strokeWidth: 2 }

/** A line that begins at 0, with a dot for each moment; the last one has its value beside it. */
export function drawLine(label: string, moments: readonly Moment[]): string {
  const rows = moments.map(({ atMs, value }) => ({ at: new Date(atMs), value }))
  const greatest = Math.max(1e-6, ...rows.map(({ value }) => value))
  const dots =
    rows.length <= 60 ? [Plot.dot(rows, { x: 'at', y: 'value', fill: 'var(--bar)', r: 3 })] : []
  return drawSvg(label, {
    ...{ height: HEIGHT, ...MARGINS, marginLeft: marginFor(greatest) },
    x: { type: 'utc', label: null, ticks: 5, insetLeft: 4, insetRight: 4 },
    y: { label: null, domain: [0, greatest * 1.08], ticks: 3, grid: true, tickFormat: writeTick },
    marks: [
      Plot.areaY(rows, { x: 'at', y: 'value', fill: 'var(--bar)', fillOpacity: 0.12 }),
      Plot.lineY(rows, { x: 'at', y: 'value', ...LINE }),
      ...dots,
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
    ],
  })
}

/** A column for each moment, in their order, not in time: builds come as they come. */
export function drawColumns(label: string, moments: readonly Moment[]): string {
  const rows = moments.map(({ value }, place) => ({ place, value }))
  const greatest = Math.max(1, ...rows.map(({ value }) => value))
  return drawSvg(label, {
    ...{ height: HEIGHT, ...MARGINS, marginLeft: marginFor(greatest) },
    x: { axis: null, domain: rows.map(({ place }) => place), padding: 0.2 },
    y: { label: null, domain: [0, greatest * 1.08], ticks: 3, grid: true, tickFormat: writeTick },
    marks: [
      Plot.barY(rows, { x: 'place', y: 'value', fill: 'var(--bar)' }),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
    ],
  })
}

/**
 * How much of the whole the greatest values hold: a curve of their shares added up.
 *
 * @param values - The greatest first, above 0.
 */
export function drawConcentration(label: string, values: readonly number[]): string {
  const all = values.reduce((sum, value) => sum + value, 0)
  let sum = 0
  const rows = [{ count: 0, share: 0 }]
  const step = Math.ceil(values.length / MAX_POINTS)
  for (const [place, value] of values.entries()) {
    sum += value
    const isShown = place % step === 0 || place === values.length - 1
    if (isShown) rows.push({ count: place + 1, share: (100 * sum) / all })
  }
  return drawSvg(label, {
    ...{ height: HEIGHT, ...MARGINS, marginBottom: 38 },
    x: {
      label: 'banners, those with most revenue first',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 6,
    },
    y: {
      label: null,
      domain: [0, 100],
      ticks: 3,
      grid: true,
      tickFormat: (share: number) => `${share} %`,
    },
    marks: [
      Plot.areaY(rows, { x: 'count', y: 'share', fill: 'var(--bar)', fillOpacity: 0.12 }),
      Plot.lineY(rows, { x: 'count', y: 'share', ...LINE }),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
    ],
  })
}

/** Room for the numbers at the left. */
function marginFor(greatest: number): number {
  return Math.max(MARGINS.marginLeft, TICK + DIGIT * formatCount(Math.floor(greatest)).length)
}

function writeTick(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(value)
}
