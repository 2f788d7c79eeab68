/** The pools of the four quarters side by side. */
import type { ExplainedBanner } from '../../../contract/explain.ts'
import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import type { Dataset } from '../../../contract/schema.ts'
import { formatSum } from '../format.ts'

/** A pool. */
export interface SidePool {
  readonly dataset: Dataset
  /** By rank. */
  readonly banners: readonly number[]
  /** Of these; empty: they are not known. */
  readonly figures: readonly ExplainedBanner[]
}

/** A table with a column a quarter and a row a rank. */
export function SideBySide({
  pools,
  root,
  campaignId,
}: {
  pools: readonly SidePool[]
  root: string
  campaignId: number
}) {
  const ranks = Math.max(0, ...pools.map(({ banners }) => banners.length))
  if (ranks === 0) return null
  const path = `${root}explorer/campaigns/${campaignId}/banners/`
  return (
    <section aria-labelledby="quarters">
      <h2 id="quarters">The four quarters</h2>
      <div class="scroll">
        <table class="campaigns">
          <caption>Banners by rank, with what each earned there</caption>
          <thead>
            <tr>
              <th scope="col">Rank</th>
              {pools.map(({ dataset }) => (
                <th scope="col">
                  Quarter {dataset}, {QUARTER_MINUTES[dataset]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: ranks }, (_, place) => (
              <tr>
                <th scope="row">{place + 1}</th>
                {pools.map((pool) => (
                  <Place pool={pool} place={place} path={path} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Place({ pool, place, path }: { pool: SidePool; place: number; path: string }) {
  const bannerId = pool.banners[place]
  if (bannerId === undefined) return <td />
  const revenue = pool.figures.find(({ banner_id }) => banner_id === bannerId)?.revenue
  return (
    <td>
      <a href={`${path}${bannerId}`}>{bannerId}</a>{' '}
      {revenue !== undefined && <span class="soft">{formatSum(revenue)}</span>}
    </td>
  )
}
