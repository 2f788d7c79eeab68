/** `/`: which build is served, which quarter is live, and the campaigns. */

import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatCount } from '../../../contract/format-count.ts'
import { DATASETS, type Dataset } from '../../../contract/schema.ts'
import type { CampaignPage } from '../campaign-list.ts'
import type { NoFigures } from '../data/details.ts'
import { formatAge, formatSum, formatTime } from '../format.ts'
import { Bar } from '../parts/bar.tsx'
import { type BuildFacts, BuildSection } from '../parts/build-section.tsx'
import { NoFiguresNotice, Notice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { LiveTag } from '../parts/quarter-nav.tsx'
import type { LiveQuarter } from '../quarters.ts'

/** What the page shows. */
export interface HomeView {
  readonly root: string
  readonly live: LiveQuarter
  readonly build: BuildFacts
  /** The visitor asked for a page that loads itself again. */
  readonly isWatched: boolean
  /** As it was typed. */
  readonly search: string
  /** What is wrong with that. */
  readonly fault: string | undefined
  readonly list: CampaignPage
  /** Of the campaigns in the list. */
  readonly campaigns: readonly CampaignSummary[]
  readonly noFigures: NoFigures | undefined
}

/** A campaign in the list. */
export interface CampaignSummary {
  readonly id: number
  /** Banners by dataset. */
  readonly poolSizes: readonly number[]
  /** Of its pools, as plain decimal; undefined: it is not known. */
  readonly revenue: string | undefined
  readonly isDenied: boolean
}

/** Renders the page. */
export function renderHome(view: HomeView): string {
  const { root, live, search, fault } = view
  return renderPage(
    <Page title="Campaigns" root={root} refreshSeconds={view.isWatched ? 2 : undefined}>
      <h1>Campaigns</h1>
      <p class="lead">
        Quarter {live.dataset} is live, {QUARTER_MINUTES[live.dataset]} of the hour, until{' '}
        <time datetime={live.until.toISOString()}>{formatTime(live.until)}</time>. Build{' '}
        <code>{view.build.buildId}</code> is served, made {formatAge(view.build.ageMs)}.
      </p>
      {view.build.changes.state !== 'none' && <WatchLink view={view} />}
      <search>
        <form class="search" method="get" action={root}>
          <label for="q">Campaign id begins with</label>
          <input
            id="q"
            type="text"
            name="q"
            value={search}
            inputmode="numeric"
            autocomplete="off"
            maxlength={20}
            aria-invalid={fault === undefined ? undefined : 'true'}
            aria-describedby={fault === undefined ? undefined : 'fault'}
          />
          <button type="submit">Search</button>
        </form>
      </search>
      {fault !== undefined && (
        <p class="notice" id="fault" role="alert">
          {fault}
        </p>
      )}
      {fault === undefined && <Results view={view} />}
      <BuildSection facts={view.build} />
    </Page>,
  )
}

/** A page that loads itself again is confusing to some, so they ask for it. */
function WatchLink({ view: { root, isWatched, search, list } }: { view: HomeView }) {
  const page = list.page > 1 ? { page: String(list.page) } : {}
  const query = new URLSearchParams({ ...(search !== '' && { q: search }), ...page })
  if (!isWatched) query.set('watch', '1')
  const words = isWatched ? 'Stop' : 'Load it again every 2 seconds'
  return (
    <p>
      A follower changes the pools while events come. <a href={`${root}?${query}`}>{words}</a>
    </p>
  )
}

function Results({ view }: { view: HomeView }) {
  const { list, search, root, noFigures } = view
  if (list.total === 0) {
    return (
      <Notice>
        {search === '' ? 'The build has no campaign.' : `No campaign id begins with ${search}.`}
      </Notice>
    )
  }
  return (
    <>
      {noFigures !== undefined && <NoFiguresNotice reason={noFigures} />}
      <CampaignTable view={view} />
      {list.pages > 1 && <Pager list={list} search={search} root={root} />}
    </>
  )
}

function CampaignTable({ view: { root, live, campaigns, list, search } }: { view: HomeView }) {
  const greatest = Math.max(...campaigns.map(({ revenue }) => Number(revenue ?? 0)))
  return (
    <table class="campaigns">
      <caption>
        {search === ''
          ? `${formatCount(list.total)} in all`
          : `${formatCount(list.total)} whose id begins with ${search}`}
        ; banners in the pool of each quarter, and what its pools earned
      </caption>
      <thead>
        <tr>
          <th scope="col">Campaign</th>
          {DATASETS.map((dataset) => (
            <th scope="col" class="number">
              <QuarterHead dataset={dataset} isLive={dataset === live.dataset} />
            </th>
          ))}
          <th scope="col" class="number wide">
            Revenue
          </th>
        </tr>
      </thead>
      <tbody>
        {campaigns.map((campaign) => (
          <CampaignRow campaign={campaign} root={root} greatest={greatest} />
        ))}
      </tbody>
    </table>
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
  campaign: { id, poolSizes, revenue, isDenied },
  root,
  greatest,
}: {
  campaign: CampaignSummary
  root: string
  greatest: number
}) {
  return (
    <tr>
      <th scope="row">
        <a href={`${root}explorer/campaigns/${id}`}>{id}</a>
        {isDenied && <span class="tag warn">denied</span>}
      </th>
      {poolSizes.map((size) => (
        <td class="number">{size === 0 ? <span class="soft">none</span> : size}</td>
      ))}
      <td class="number">
        {revenue === undefined ? (
          'not known'
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

function Pager({ list, search, root }: { list: CampaignPage; search: string; root: string }) {
  const { page, pages } = list
  const href = (to: number) => {
    const query = new URLSearchParams({ ...(search !== '' && { q: search }), page: String(to) })
    return `${root}?${query}`
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
