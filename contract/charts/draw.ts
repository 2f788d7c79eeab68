/** Draws charts as SVG in the colours of the page: the same in the report and on the pages of the server. */
import { Plot, type PlotOptions, parseHTML } from './plot.ts'

/** Pixels: wide enough beside a table, and on a telephone still drawn at nine tenths of its size. */
export const CHART_WIDTH = 440

/**
 * Draws a chart as the text of an SVG. Its colours are the variables of the page.
 *
 * @param label - Says with a number what it shows.
 */
export function drawSvg(label: string, options: PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = Plot.plot({ ...options, document, width: CHART_WIDTH, className: 'chart' })
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  // The page styles all charts at once, and what is within an image has no roles of its own.
  for (const style of [...svg.querySelectorAll('style')]) style.remove()
  for (const part of [...svg.querySelectorAll('[aria-label]')]) part.removeAttribute('aria-label')
  return svg.outerHTML
}
