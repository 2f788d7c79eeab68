/** The list of campaigns with its filters, pages and files. */
import { FILTERS, type Filter } from '../data/overview.ts'
import { formatListQuery, show } from '../list-query.ts'
import type { HomeView } from '../views/home-view.ts'
import { CampaignTable } from './campaign-table.tsx'
import { NoFiguresNotice, Notice } from './notice.tsx'
import { PageLinks } from './page-links.tsx'

const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  all: 'all',
  changed: 'changed',
  short: 'short pools',
  new: 'new',
  gone: 'gone',
}

/** What was found; a sentence, if it is nothing. */
export function Results({ view }: { view: HomeView }) {
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
      <Pager view={view} />
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

function Pager({ view: { root, query, list } }: { view: HomeView }) {
  const href = (to: number) => {
    const written = formatListQuery({ ...query, page: to })
    return to === 1 ? `${root}${written}${written === '' ? '?' : '&'}page=1` : `${root}${written}`
  }
  return <PageLinks page={list.page} pages={list.pages} href={href} />
}
