/** Charts, drawn in the thread of details.ts: the library takes a quarter of a second to load, and some memory. */
import type { Moment } from '../../../contract/charts/over-time.ts'
import type { PromisedAndBrought } from '../../../contract/charts/promised.ts'
import type { Outcome } from './outcome.ts'

/** A chart that is asked for. The label says with a number what it shows. */
export type ChartJob = { readonly label: string } & (
  | { readonly kind: 'line' | 'columns'; readonly moments: readonly Moment[] }
  | { readonly kind: 'concentration'; readonly values: readonly number[] }
  | { readonly kind: 'promised'; readonly rows: readonly PromisedAndBrought[] }
)

/** Draws charts as SVG, in their order. */
export async function drawCharts({
  charts,
}: {
  readonly charts: readonly ChartJob[]
}): Promise<Outcome<readonly string[]>> {
  const overTime = await import('../../../contract/charts/over-time.ts')
  const { drawPromised } = await import('../../../contract/charts/promised.ts')
  const draw = (chart: ChartJob): string => {
    switch (chart.kind) {
      case 'line':
        return overTime.drawLine(chart.label, chart.moments)
      case 'columns':
        return overTime.drawColumns(chart.label, chart.moments)
      case 'concentration':
        return overTime.drawConcentration(chart.label, chart.values)
      case 'promised':
        return drawPromised(chart.label, chart.rows)
    }
  }
  return { result: charts.map(draw) }
}
