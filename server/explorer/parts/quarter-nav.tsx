/** The four quarters of a campaign, as links. */
import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import type { Dataset } from '../../../contract/schema.ts'
import { formatNumberOf, formatSum } from '../format.ts'

/** A quarter as its link shows it. */
export interface Quarter {
  readonly dataset: Dataset
  readonly poolSize: number
  /** What the pool earned, as plain decimal; undefined: it is not known. */
  readonly revenue: string | undefined
}

/** Links to the quarters; the one that is shown and the one that is live are marked. */
export function QuarterNav({
  quarters,
  shown,
  live,
}: {
  quarters: readonly Quarter[]
  shown: Dataset
  live: Dataset
}) {
  return (
    <nav class="quarters" aria-label="Quarters of the hour">
      {quarters.map(({ dataset, poolSize, revenue }) => (
        <a href={`?dataset=${dataset}`} aria-current={dataset === shown ? 'page' : undefined}>
          <strong>
            Quarter {dataset} {dataset === live && <LiveTag />}
          </strong>
          <span>{QUARTER_MINUTES[dataset]}</span>
          <span>{poolSize === 0 ? 'no pool' : formatNumberOf(poolSize, 'banner')}</span>
          {revenue !== undefined && <span>revenue {formatSum(revenue)}</span>}
        </a>
      ))}
    </nav>
  )
}

/** Marks what is served now. */
export function LiveTag() {
  return <span class="tag live">live</span>
}
