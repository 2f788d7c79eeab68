/** `/`: which build is served, what changed, which quarter is live, and the campaigns. */

import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import type { CampaignPage } from '../campaign-list.ts'
import type { NoFigures } from '../data/no-figures.ts'
import { FILTERS, type Filter, type OverviewCampaign, type Sort } from '../data/overview.ts'
import type { EarlierBuild } from '../earlier-build.ts'
import { formatAge, formatChange, formatShare, formatSum, formatTime, unit } from '../format.ts'
import { formatListQuery, type ListQuery, show, sortBy } from '../list-query.ts'
import { Bar } from '../parts/bar.tsx'
import { type BuildFacts, BuildSection } from '../parts/build-section.tsx'
import { Charts, type DrawnChart } from '../parts/charts.tsx'
import { LossNotice, NoFiguresNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { LiveTag } from '../parts/quarter-nav.tsx'
import { Since, type SinceFacts } from '../parts/since.tsx'
import type { LiveQuarter } from '../quarters.ts'

/** What the page shows. */
export interface HomeView {
  readonly root: string
  readonly live: LiveQuarter
  readonly build: BuildFacts
  readonly currency: string
  /** The visitor asked for a page that loads itself again. */
  readonly isWatched: boolean
  readonly query: ListQuery
  /** What is wrong with the search. */
  readonly fault: string | undefined
  readonly list: Omit<CampaignPage, 'ids'>
  /** Of the campaigns in the list. */
  readonly campaigns: readonly CampaignSummary[]
  readonly hasStability: boolean
  /** Builds to compare with, the newest first. */
  readonly earlier: readonly EarlierBuild[]
  /** What changed since one of them; undefined: there is none, or it is not known. */
  readonly since: SinceFacts | undefined
  /** Of the history. */
  readonly charts: readonly DrawnChart[]
  readonly noFigures: NoFigures | undefined
  /** Files of the history that are damaged. */
  readonly losses: readonly string[]
}

/** A campaign in the list. */
export interface CampaignSummary extends OverviewCampaign {
  /** Banners by dataset. */
  readonly poolSizes: readonly number[]
  /** Of its pools, as plain decimal; undefined: it is not known. */
  readonly revenue: string | undefined
  /** It was in the earlier build only. */
  readonly isGone: boolean
  readonly isDenied: boolean
}

const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  all: 'all',
  changed: 'changed',
  short: 'short pools',
  new: 'new',
  gone: 'gone',
}

/** Renders the page. */
export function renderHome(view: HomeView): string {
  const { root, live, query, fault, build } = view
  return renderPage(
    <Page title="Campaigns" root={root} refreshSeconds={view.isWatched ? 2 : undefined}>
      <h1>Campaigns</h1>
      <p class="lead">
        Quarter {live.dataset} is live, {QUARTER_MINUTES[live.dataset]} of the hour, until{' '}
        <time datetime={live.until.toISOString()}>{formatTime(live.until)}</time>. Build{' '}
        <a href={`${root}explorer/builds/${build.pageId}`}>
          <code>{build.buildId}</code>
        </a>{' '}
        is served, made {formatAge(build.ageMs)}.
      </p>
      {build.changes.state !== 'none' && <WatchLink view={view} />}
      {view.since !== undefined && (
        <Since
          facts={view.since}
          root={root}
          servedId={build.pageId}
          earlier={view.earlier}
          query={query}
          currency={view.currency}
        />
      )}
      <LossNotice losses={view.losses} />
      <Charts charts={view.charts} />
      <section aria-label="List of campaigns">
        {view.since !== undefined && <h2>All campaigns</h2>}
        <Searches view={view} />
        {fault !== undefined && (
          <p class="notice" id="fault" role="alert">
            {fault}
          </p>
        )}
        {fault === undefined && <Results view={view} />}
      </section>
      <BuildSection facts={build} root={root} />
    </Page>,
  )
}

function Searches({ view: { root, query, fault } }: { view: HomeView }) {
  return (
    <search class="searches">
      <form class="search" method="get" action={root}>
        <label for="q">Campaign id begins with</label>
        <input
          id="q"
          type="text"
          name="q"
          value={query.digits}
          inputmode="numeric"
          autocomplete="off"
          maxlength={20}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'fault'}
        />
        {query.since !== undefined && <input type="hidden" name="since" value={query.since} />}
        <button type="submit">Search</button>
      </form>
      <form class="search" method="get" action={`${root}explorer/banners`}>
        <label for="banner">Banner id</label>
        <input
          id="banner"
          type="text"
          name="id"
          inputmode="numeric"
          autocomplete="off"
          maxlength={20}
          required
        />
        <button type="submit">Find</button>
      </form>
    </search>
  )
}

/** A page that loads itself again is confusing to some, so they ask for it. */
function WatchLink({ view: { root, isWatched, query } }: { view: HomeView }) {
  const written = formatListQuery(query)
  const watch = isWatched ? '' : `${written === '' ? '?' : '&'}watch=1`
  const words = isWatched ? 'Stop' : 'Load it again every 2 seconds'
  return (
    <p>
      A follower changes the pools while events come.{' '}
      <a href={`${root}${written}${watch}`}>{words}</a>
    </p>
  )
}

function Results({ view }: { view: HomeView }) {
  const { list, query, noFigures, since } = view
  return (
    <>
      {since !== undefined && <Filters view={view} />}
      {noFigures !== undefined && <NoFiguresNotice reason={noFigures} />}
      {list.total === 0 ? (
        <Notice>
          {query.digits === ''
            ? query.filter === 'all'
              ? 'The build has no campaign.'
              : 'There is no such campaign.'
            : `No campaign id begins with ${query.digits}.`}
        </Notice>
      ) : (
        <CampaignTable view={view} />
      )}
      {list.pages > 1 && <Pager view={view} />}
      {list.total > 0 && noFigures === undefined && <Downloads view={view} />}
    </>
  )
}

function Filters({ view: { root, query } }: { view: HomeView }) {
  return (
    <nav class="filters" aria-label="Which campaigns">
      Show{' '}
      {FILTERS.map((filter) => (
        <a
          href={`${root}${formatListQuery(show(query, filter))}`}
          aria-current={filter === query.filter ? 'true' : undefined}
        >
          {FILTER_WORDS[filter]}
        </a>
      ))}
    </nav>
  )
}

function Downloads({ view: { root, query } }: { view: HomeView }) {
  const written = formatListQuery(query)
  return (
    <p class="soft">
      This list as <a href={`${root}explorer/campaigns.csv${written}`}>CSV</a> or{' '}
      <a href={`${root}explorer/campaigns.json${written}`}>JSON</a>
    </p>
  )
}

function CampaignTable({ view }: { view: HomeView }) {
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
            {since !== undefined && <SortHead view={view} sort="turnover" words="In, out" />}
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
}: {
  view: HomeView
  sort: Sort
  words: string
  isWide?: boolean
}) {
  const isSorted = query.sort === sort
  const direction = query.isAscending ? 'ascending' : 'descending'
  return (
    <th
      scope="col"
      class={sort === 'id' ? undefined : isWide ? 'number wide' : 'number'}
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
        <td class="number">{entered + left === 0 ? '–' : `+${entered} −${left}`}</td>
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

function Pager({ view: { root, query, list } }: { view: HomeView }) {
  const { page, pages } = list
  const href = (to: number) => {
    const written = formatListQuery({ ...query, page: to })
    return to === 1 ? `${root}${written}${written === '' ? '?' : '&'}page=1` : `${root}${written}`
  }
  return (
    <nav class="pager" aria-label="Pages of the list">
      {page > 1 && (
        <a href={href(page - 1)} rel="prev">
          Previous
        </a>
      )}
      <span>
        Page {formatCount(page)} of {formatCount(pages)}
      </span>
      {page < pages && (
        <a href={href(page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  )
}
