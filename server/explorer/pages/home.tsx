/** `/`: which build is served, what changed, which quarter is live, and the campaigns. */
import { QUARTER_MINUTES } from '../../../contract/explain-words.ts'
import { formatAge, formatTime } from '../format.ts'
import { formatListQuery } from '../list-query.ts'
import { BuildSection } from '../parts/build-section.tsx'
import { Results } from '../parts/campaign-results.tsx'
import { Charts } from '../parts/charts.tsx'
import { GuardedNotice } from '../parts/guarded.tsx'
import { LossNotice } from '../parts/notice.tsx'
import { Page, renderPage } from '../parts/page.tsx'
import { Searches } from '../parts/searches.tsx'
import { Since } from '../parts/since.tsx'
import type { HomeView } from '../views/home-view.ts'

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
      <GuardedNotice guarded={view.guarded} root={root} />
      {view.exploring !== undefined && <p>{view.exploring}</p>}
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
