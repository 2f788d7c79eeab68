/** The list of campaigns of the first page. */
import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import type { Sort } from '../data/overview.ts'
import { formatChange, formatShare, formatSum, unit } from '../format.ts'
import { formatListQuery, sortBy } from '../list-query.ts'
import type { CampaignSummary, HomeView } from '../views/home-view.ts'
import { Bar } from './bar.tsx'
import { LiveTag } from './quarter-nav.tsx'

/** A table with a row a campaign; its titles lead to other orders. */
export function CampaignTable({ view }: { view: HomeView }) {
  const { root, live, campaigns, list, query, since, hasStability, currency } = view
  const greatest = Math.max(...campaigns.map(({ revenue }) => Number(revenue ?? 0)))
  return (
    <div class="scroll">
      <table class="campaigns">
        <caption>
          {query.digits === ''
            ? `${formatCount(list.total)} in all`
            : `${formatCount(list.total)} whose id begins with ${query.digits}`}
          ; banners in the pool of each quarter, and what its pools earned{unit(currency)}
        </caption>
        <thead>
          <tr>
            <SortHead view={view} sort="id" words="Campaign" />
            {DATASETS.map((dataset) => (
              <th scope="col" class="number roomy">
                <QuarterHead dataset={dataset} isLive={dataset === live.dataset} />
              </th>
            ))}
            {since !== undefined && (
              <SortHead view={view} sort="turnover" words="In, out" isRoomy />
            )}
            {hasStability && <SortHead view={view} sort="stability" words="Stability" />}
            {since !== undefined && <SortHead view={view} sort="change" words="Change" />}
            <SortHead view={view} sort="revenue" words="Revenue" isWide />
          </tr>
        </thead>
        <tbody>
          {campaigns.map((campaign) => (
            <CampaignRow campaign={campaign} view={view} greatest={greatest} root={root} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SortHead({
  view: { root, query },
  sort,
  words,
  isWide = false,
  isRoomy = false,
}: {
  view: HomeView
  sort: Sort
  words: string
  isWide?: boolean
  /** There is no room for it on a phone. */
  isRoomy?: boolean
}) {
  const isSorted = query.sort === sort
  const direction = query.isAscending ? 'ascending' : 'descending'
  return (
    <th
      scope="col"
      class={sort === 'id' ? undefined : `number${isWide ? ' wide' : ''}${isRoomy ? ' roomy' : ''}`}
      aria-sort={isSorted ? direction : undefined}
    >
      <a href={`${root}${formatListQuery(sortBy(query, sort))}`}>{words}</a>
    </th>
  )
}

function QuarterHead({ dataset, isLive }: { dataset: Dataset; isLive: boolean }) {
  return (
    <>
      <abbr title={`Quarter ${dataset}, ${QUARTER_MINUTES[dataset]}`}>Q{dataset}</abbr>
      {isLive && (
        <>
          {' '}
          <LiveTag />
        </>
      )}
    </>
  )
}

function CampaignRow({
  campaign,
  view: { since, hasStability },
  root,
  greatest,
}: {
  campaign: CampaignSummary
  view: HomeView
  root: string
  greatest: number
}) {
  const { id, poolSizes, revenue, revenueThen, isDenied, isGone, entered, left } = campaign
  return (
    <tr>
      <th scope="row">
        {isGone ? id : <a href={`${root}explorer/campaigns/${id}`}>{id}</a>}
        {isDenied && <span class="tag warn">denied</span>}
        {isGone && <span class="tag warn">gone</span>}
      </th>
      {poolSizes.map((size) => (
        <td class="number roomy">{size === 0 ? <span class="soft">none</span> : size}</td>
      ))}
      {since !== undefined && (
        <td class="number roomy">{entered + left === 0 ? '–' : `+${entered} −${left}`}</td>
      )}
      {hasStability && (
        <td class="number">
          {campaign.stability === null ? '–' : formatShare(campaign.stability)}
        </td>
      )}
      {since !== undefined && (
        <td class="number">
          {revenueThen === null ? 'new' : formatChange(revenueThen, revenue ?? '0.000000')}
        </td>
      )}
      <td class="number">
        {revenue === undefined ? (
          isGone ? (
            '–'
          ) : (
            'not known'
          )
        ) : (
          <div class="money">
            <Bar value={Number(revenue)} greatest={greatest} />
            <span>{formatSum(revenue)}</span>
          </div>
        )}
      </td>
    </tr>
  )
}
