/** What changed since an earlier build. */
import { formatCount } from '../../../contract/format-count.ts'
import type { OverviewCampaign } from '../data/overview.ts'
import type { OverviewTotals } from '../data/overview-table.ts'
import type { EarlierBuild } from '../earlier-build.ts'
import { formatChange, formatMoment, formatNumberOf, formatSum, unit } from '../format.ts'
import { formatListQuery, type ListQuery, show } from '../list-query.ts'
import { Fact } from './fact.tsx'

/** What changed. */
export interface SinceFacts {
  readonly since: EarlierBuild
  readonly totals: OverviewTotals
  /** The campaigns whose pools lost most revenue, the most first; and those that gained most. */
  readonly lost: readonly OverviewCampaign[]
  readonly gained: readonly OverviewCampaign[]
  /** Undefined: the history does not know it. */
  readonly rejectedThen: number | undefined
  readonly rejectedNow: number
  /** Names of checks. */
  readonly warnings: readonly string[]
}

interface SinceProps {
  readonly facts: SinceFacts
  readonly root: string
  readonly servedId: string
  readonly earlier: readonly EarlierBuild[]
  readonly query: ListQuery
  readonly currency: string
}

/** A section with what changed, and a list of other builds to compare with. */
export function Since(props: SinceProps) {
  const { facts, root, servedId, query, currency } = props
  const { since, totals, lost, gained, warnings } = facts
  const { revenueThen, revenueNow } = totals
  const diff = `${root}explorer/builds/${servedId}/diff?from=${since.buildId}`
  return (
    <section aria-labelledby="since">
      <h2 id="since">
        Since <time datetime={since.createdAt.toISOString()}>{formatMoment(since.createdAt)}</time>
      </h2>
      <Chooser {...props} />
      <dl class="facts">
        <Fact name={`Revenue in pools${unit(currency)}`}>
          {revenueThen === null ? '–' : <strong>{formatChange(revenueThen, revenueNow)}</strong>},
          now {formatSum(revenueNow)}
        </Fact>
        <Fact name="Pools changed">
          <a href={diff}>{formatCount(totals.changedPools)}</a> of {formatCount(totals.poolsNow)}
        </Fact>
        <Fact name="Banners in pools">
          {formatCount(totals.entered)} entered, {formatCount(totals.left)} left
        </Fact>
        <Fact name="Campaigns">
          <Filtered count={totals.newCampaigns} query={show(query, 'new')} root={root} /> new,{' '}
          <Filtered count={totals.goneCampaigns} query={show(query, 'gone')} root={root} /> gone
        </Fact>
        <Fact name="Rows rejected">
          <a href={`${root}explorer/builds/${servedId}/rejects`}>
            {formatCount(facts.rejectedNow)}
          </a>
          {facts.rejectedThen !== undefined && `, ${formatCount(facts.rejectedThen)} then`}
        </Fact>
        <Fact name="Checks">
          <a href={`${root}explorer/builds/${servedId}#checks`}>
            {warnings.length === 0 ? 'all hold' : `${formatNumberOf(warnings.length, 'warning')}`}
          </a>
        </Fact>
        <Fact name="Lost most">
          <Movers campaigns={lost} root={root} />
        </Fact>
        <Fact name="Gained most">
          <Movers campaigns={gained} root={root} />
        </Fact>
      </dl>
    </section>
  )
}

function Filtered({ count, query, root }: { count: number; query: ListQuery; root: string }) {
  if (count === 0) return <>0</>
  return <a href={`${root}${formatListQuery(query)}`}>{formatCount(count)}</a>
}

function Movers({ campaigns, root }: { campaigns: readonly OverviewCampaign[]; root: string }) {
  if (campaigns.length === 0) return <>none</>
  return (
    <ol class="movers">
      {campaigns.map(({ id, revenueThen, revenueNow }) => (
        <li>
          <a href={`${root}explorer/campaigns/${id}`}>{id}</a>{' '}
          {formatChange(revenueThen ?? '0.000000', revenueNow ?? '0.000000')}
        </li>
      ))}
    </ol>
  )
}

function Chooser({ facts: { since }, root, earlier, query }: SinceProps) {
  if (earlier.length < 2) return null
  const { digits, filter, sort } = query
  return (
    <form class="search" method="get" action={root}>
      {digits !== '' && <input type="hidden" name="q" value={digits} />}
      {filter !== 'all' && <input type="hidden" name="show" value={filter} />}
      {sort !== 'id' && <input type="hidden" name="sort" value={sort} />}
      <label for="compare">Compare with</label>
      <select id="compare" name="since">
        {earlier.map(({ buildId, createdAt }) => (
          <option value={buildId} selected={buildId === since.buildId}>
            {formatMoment(createdAt)}, {buildId}
          </option>
        ))}
      </select>
      <button type="submit">Compare</button>
    </form>
  )
}
