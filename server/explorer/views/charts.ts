import type { NamedChart } from '../chart-jobs.ts'
import type { PageContext } from '../page-context.ts'
import type { DrawnChart } from '../parts/charts.tsx'

/** Lets charts be drawn; without them a page is whole, too, so it does not wait for what cannot be had. */
export async function drawAll(
  { details }: Pick<PageContext, 'details'>,
  charts: readonly NamedChart[],
): Promise<DrawnChart[]> {
  const drawn = await details.drawCharts(charts.map(({ job }) => job))
  if (typeof drawn === 'string') return []
  return charts.map(({ title }, place) => ({ title, svg: drawn[place] ?? '' }))
}
